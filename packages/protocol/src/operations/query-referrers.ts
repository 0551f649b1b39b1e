import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readPaths } from '../wire/decoder.ts';

/** The valid paths that refer to the path. */
export function queryReferrers(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): Promise<StorePath[]> {
  return connection.call(
    {
      operation: 'QueryReferrers',
      request: (out) => {
        out.text(path);
      },
      reply: readPaths,
    },
    options,
  );
}
