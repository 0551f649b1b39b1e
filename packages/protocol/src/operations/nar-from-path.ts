import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import type { ReceivedNar } from '../received-nar.ts';
import { requestOfPath } from '../wire/request-path.ts';

/**
 * The NAR of a valid path, in pieces as they arrive and no faster than they are taken. The request
 * leaves when the first piece is asked for. The connection can be used again once the NAR was read
 * to its end; given up before that, it is closed.
 *
 * Ask for the path info first: there is no clean answer for a path that is not valid. And compare
 * hash and size with it: nothing in the stream itself tells a complete NAR from a wrong one.
 */
export async function* narFromPath(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): AsyncGenerator<Uint8Array> {
  for await (const nars of narsFromPaths(connection, [{ path }], options)) {
    for (const nar of nars) {
      if (nar instanceof Uint8Array) yield nar;
      else yield* nar;
    }
  }
}

export interface WantedNar {
  readonly path: StorePath;
  /**
   * Bytes that it must have. If that many have arrived, they are taken for the NAR without parsing
   * them, so the caller must compare their hash.
   */
  readonly narSize?: number;
}

/**
 * The NARs of many paths, in the order of the list. They are asked for ahead, so that a distant
 * daemon is never waited for between two. Those that have arrived are yielded together, since turns
 * of the event loop between many small ones would take longer than they do. Otherwise as
 * `narFromPath`. A NAR in pieces is the last of its batch, and must be read to its end before the
 * next batch is taken.
 */
export function narsFromPaths(
  connection: DaemonConnection,
  wanted: readonly WantedNar[],
  options?: CallOptions,
): AsyncGenerator<readonly ReceivedNar[]> {
  const requests = wanted.map(({ path, narSize }) => {
    return { ...requestOfPath('NarFromPath', path), size: narSize };
  });
  return connection.receiveNars(requests, options);
}
