import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import type { Exchange } from '../exchange.ts';
import { readPaths } from '../wire/decoder.ts';

export interface QueryValidPathsRequest {
  readonly paths: readonly StorePath[];
  /** Let the daemon substitute what it lacks. Daemons before protocol 1.27 never do. */
  readonly substitute: boolean;
}

/** Those of the paths that the store has (after substituting, if that was asked for). */
export function queryValidPaths(
  connection: DaemonConnection,
  request: QueryValidPathsRequest,
  options?: CallOptions,
): Promise<StorePath[]> {
  return connection.call(validPathsExchange(connection, request), options);
}

/** The request of `queryValidPaths`, for callers that send it together with others. */
export function validPathsExchange(
  { version }: DaemonConnection,
  { paths, substitute }: QueryValidPathsRequest,
): Exchange<StorePath[]> {
  return {
    operation: 'QueryValidPaths',
    request: (out) => {
      out.texts(paths);
      if (version.minor >= 27) out.boolean(substitute);
    },
    reply: readPaths,
  };
}
