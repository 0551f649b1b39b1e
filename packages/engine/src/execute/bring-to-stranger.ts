import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { codeOf } from '@dispatch/builders/errors';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunStores } from './run-stores.ts';

/**
 * Brings a step's inputs to a builder that does not trust us. It takes only what proves itself: the
 * `.drv` file with all that it refers to, and those inputs that are content-addressed or signed by
 * a key that it knows. It builds the other inputs itself, from their `.drv` files.
 */
export async function bringToStranger(
  drvPath: StorePath,
  paths: readonly StorePath[],
  store: DaemonStore,
  stores: RunStores,
  signal: AbortSignal,
): Promise<void> {
  const purpose = { step: drvPath, signal };
  const inputs = await stores.describe(paths, store, signal);
  const addressed = inputs.filter(({ contentAddress }) => contentAddress !== '');
  const signed = inputs.filter(
    ({ contentAddress, signatures }) => contentAddress === '' && signatures.length > 0,
  );
  await stores.bring([drvPath, ...addressed.map(({ path }) => path)], store, purpose);
  try {
    const signedPaths = signed.map(({ path }) => path);
    await stores.bring(signedPaths, store, purpose);
  } catch (error) {
    if (codeOf(error) !== 'not-trusted') throw error;
    // The builder does not know the key.
  }
}
