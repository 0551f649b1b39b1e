import type { DrvOutput, Realisation } from '@dispatch/nix/realisation';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readNothing } from '../wire/decoder.ts';
import { printRealisation, writeDrvOutput } from '../wire/realisation.ts';

/**
 * Tells the store at which path an output of a content-addressed derivation was built. The path
 * must be valid, and the daemon must have `ca-derivations` enabled. Needs protocol 1.31.
 */
export async function registerDrvOutput(
  connection: DaemonConnection,
  output: DrvOutput,
  realisation: Realisation,
  options?: CallOptions,
): Promise<void> {
  connection.requireVersion('RegisterDrvOutput', 31);
  return connection.call(
    {
      operation: 'RegisterDrvOutput',
      request: (out) => {
        if (connection.features.has('realisation-with-path-not-hash')) {
          writeDrvOutput(out, output);
          out.text(realisation.outPath);
          out.texts(realisation.signatures);
        } else {
          out.text(printRealisation(output, realisation));
        }
      },
      reply: readNothing,
    },
    options,
  );
}
