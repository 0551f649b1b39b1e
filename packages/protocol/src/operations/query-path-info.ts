import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import type { Exchange } from '../exchange.ts';
import { type Decoder, readBoolean } from '../wire/decoder.ts';
import { readPathInfo } from '../wire/path-info.ts';
import { requestOfPath } from '../wire/request-path.ts';
import type { WireInput } from '../wire/wire-input.ts';

/**
 * What the store knows of each path, in the order of the list; undefined for one that it does not
 * have. The requests are written ahead of their answers.
 */
export function queryPathInfos(
  connection: DaemonConnection,
  paths: readonly StorePath[],
  options?: CallOptions,
): Promise<(ValidPathInfo | undefined)[]> {
  return connection.callMany(paths.map(pathInfoExchange), options);
}

/** The request about one path, for callers that send it together with others. */
export function pathInfoExchange(path: StorePath): Exchange<ValidPathInfo | undefined> {
  return {
    ...requestOfPath('QueryPathInfo', path),
    reply: (input) => readReply(input, path),
  };
}

/** What the store knows of the path; undefined when it does not have it. */
export async function queryPathInfo(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): Promise<ValidPathInfo | undefined> {
  const [info] = await queryPathInfos(connection, [path], options);
  return info;
}

function* readReply(input: WireInput, path: StorePath): Decoder<ValidPathInfo | undefined> {
  const valid = yield* readBoolean(input);
  if (!valid) return undefined;
  return { path, ...(yield* readPathInfo(input)) };
}
