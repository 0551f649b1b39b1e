import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readPaths } from '../wire/decoder.ts';

/** The valid derivations that have the path as an output. */
export function queryValidDerivers(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): Promise<StorePath[]> {
  return connection.call(
    {
      operation: 'QueryValidDerivers',
      request: (out) => {
        out.text(path);
      },
      reply: readPaths,
    },
    options,
  );
}
