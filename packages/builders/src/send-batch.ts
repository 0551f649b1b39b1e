import { pathInfoForCopy, type ValidPathInfo } from '@dispatch/nix/path-info';
import {
  addMultipleToStore,
  type PathWithNar,
} from '@dispatch/protocol/operations/add-multiple-to-store';
import type { CopyTally } from './copy-progress.ts';
import type { DaemonStore } from './daemon-store.ts';
import { BuildersError, codeOf, messageOf } from './errors.ts';
import { type SuppliedNar, supplyNars } from './nar-supply.ts';
import type { RunRoots } from './run-roots.ts';

interface Sending {
  readonly from: DaemonStore;
  readonly to: RunRoots;
  /** Counts what is passed on, where somebody wants to know. */
  readonly tally: CopyTally | undefined;
}

/** Streams paths, references first, from one store into another, over one connection to each. */
export async function sendBatch(
  sending: Sending,
  infos: readonly ValidPathInfo[],
  signal: AbortSignal,
): Promise<void> {
  const { from, to } = sending;
  const options = { signal };
  try {
    await from.pool.withConnection(
      (source) =>
        to.store.pool.withConnection((target) => {
          const items = itemsOf(supplyNars(source, infos, from.name, signal), sending);
          const request = { items, count: infos.length, repair: false, dontCheckSigs: true };
          return addMultipleToStore(target, request, options);
        }, options),
      options,
    );
  } catch (error) {
    throw copyError(sending, error, signal);
  }
}

async function* itemsOf(
  supply: AsyncIterable<SuppliedNar>,
  { tally }: Sending,
): AsyncGenerator<PathWithNar> {
  for await (const { info, nar } of supply) {
    yield { info: pathInfoForCopy(info), nar: tally?.counting(info, nar) ?? nar };
  }
}

function copyError({ from, to }: Sending, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new BuildersError('cancelled', 'the copy was cancelled', { cause: error });
  if (error instanceof BuildersError) return error;
  if (codeOf(error) !== 'daemon-error') return error;
  const between = `copying from ${from.name} to ${to.store.name}`;
  const text = `${between}: ${messageOf(error)}`;
  if (/lacks a (valid )?signature|privileged|trusted-users/.test(messageOf(error))) {
    return notTrusted(to.store, text, error);
  }
  return new BuildersError('daemon-refused', text, { builder: to.store.name, cause: error });
}

function notTrusted(to: DaemonStore, text: string, cause: unknown): BuildersError {
  const advice = `add your user to trusted-users in the nix.conf of ${to.name} and restart its daemon`;
  return new BuildersError('not-trusted', `${text}; ${advice}`, { builder: to.name, cause });
}
