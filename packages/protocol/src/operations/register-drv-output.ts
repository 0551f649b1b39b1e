import type { Realisation } from '@dispatch/nix/realisation';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readNothing } from '../wire/decoder.ts';
import { printRealisation } from '../wire/realisation.ts';

/**
 * Tells the store where an output of a content-addressed derivation came to lie. The path must be
 * valid, and the daemon must have `ca-derivations` enabled. Needs protocol 1.31.
 */
export async function registerDrvOutput(
  connection: DaemonConnection,
  realisation: Realisation,
  options?: CallOptions,
): Promise<void> {
  connection.requireVersion('RegisterDrvOutput', 31);
  return connection.call(
    {
      operation: 'RegisterDrvOutput',
      request: (out) => {
        out.text(printRealisation(realisation));
      },
      reply: readNothing,
    },
    options,
  );
}
