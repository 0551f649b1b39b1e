import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readNothing } from '../wire/decoder.ts';
import { writePathInfo } from '../wire/path-info.ts';

export interface AddToStoreNarRequest {
  readonly info: ValidPathInfo;
  /** The NAR, in pieces of any size. It is read no faster than the daemon takes it. */
  readonly nar: AsyncIterable<Uint8Array>;
  /** Write it even where the path is valid already. */
  readonly repair: boolean;
  /** Take it unsigned. Ignored when the client is not trusted. */
  readonly dontCheckSigs: boolean;
}

/**
 * Adds one path. Its references must be valid; the daemon compares the NAR with the hash and size in
 * `info` and registers nothing that differs.
 *
 * When `nar` throws, the daemon is told that the data ends there, refuses it, and the call fails with
 * what `nar` threw; the connection can be used again.
 */
export function addToStoreNar(
  connection: DaemonConnection,
  { info, nar, repair, dontCheckSigs }: AddToStoreNarRequest,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    {
      operation: 'AddToStoreNar',
      request: (out) => {
        writePathInfo(out, info);
        out.boolean(repair);
        out.boolean(dontCheckSigs);
      },
      data: nar,
      reply: readNothing,
    },
    options,
  );
}
