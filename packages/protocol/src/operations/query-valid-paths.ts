import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readPaths } from '../wire/decoder.ts';

export interface QueryValidPathsRequest {
  readonly paths: readonly StorePath[];
  /** Let the daemon substitute what it lacks. Daemons before protocol 1.27 never do. */
  readonly substitute: boolean;
}

/** Those of the paths that the store has (after substituting, if that was asked for). */
export function queryValidPaths(
  connection: DaemonConnection,
  { paths, substitute }: QueryValidPathsRequest,
  options?: CallOptions,
): Promise<StorePath[]> {
  return connection.call(
    {
      operation: 'QueryValidPaths',
      request: (out) => {
        out.texts(paths);
        if (connection.version.minor >= 27) out.boolean(substitute);
      },
      reply: readPaths,
    },
    options,
  );
}
