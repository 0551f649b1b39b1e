import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import type { Exchange } from '../exchange.ts';
import { readAcknowledgement } from '../wire/decoder.ts';
import { requestOfPath } from '../wire/request-path.ts';
import { validPathsExchange } from './query-valid-paths.ts';

export interface HoldPathsRequest {
  /** Paths to keep from being collected until the connection is closed, valid or not yet. */
  readonly rooted: readonly StorePath[];
  /** Paths to ask about: which of them are valid, once all of `rooted` are rooted. */
  readonly asked: readonly StorePath[];
}

/** Paths in one request, so that neither side holds more than about a megabyte for it. */
const pathsPerQuestion = 4000;

/**
 * Roots paths, and then asks which of some are valid, without a round trip between the two. In this
 * order no rooted path that the answer names can be collected while the connection lasts.
 */
export async function holdPaths(
  connection: DaemonConnection,
  { rooted, asked }: HoldPathsRequest,
  options?: CallOptions,
): Promise<StorePath[]> {
  const exchanges: Exchange<void | StorePath[]>[] = rooted.map((path) => ({
    ...requestOfPath('AddTempRoot', path),
    reply: readAcknowledgement,
  }));
  for (let at = 0; at < asked.length; at += pathsPerQuestion) {
    const paths = asked.slice(at, at + pathsPerQuestion);
    exchanges.push(validPathsExchange(connection, { paths, substitute: false }));
  }
  const replies = await connection.callMany<(void | StorePath[])[]>(exchanges, options);
  return replies.flatMap((reply) => reply ?? []);
}
