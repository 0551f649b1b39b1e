import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';

/**
 * The NAR of a valid path, in pieces as they arrive and no faster than they are taken. The request
 * leaves when the first piece is asked for. Once it was read to its end the connection can be used
 * again; given up before, it is closed.
 *
 * Ask for the path info first: there is no clean answer for a path that is not valid. And compare
 * hash and size with it: nothing in the stream itself tells a complete NAR from a wrong one.
 */
export function narFromPath(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): AsyncIterable<Uint8Array> {
  return connection.receiveNar(
    {
      operation: 'NarFromPath',
      request: (out) => {
        out.text(path);
      },
    },
    options,
  );
}
