import { byteStringOfText } from '@dispatch/nix/byte-string';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readAcknowledgement } from '../wire/decoder.ts';

/**
 * Makes a symlink that exists on the daemon's machine, given by its absolute path, a garbage
 * collector root for as long as it exists.
 */
export function addIndirectRoot(
  connection: DaemonConnection,
  link: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    {
      operation: 'AddIndirectRoot',
      request: (out) => {
        out.text(byteStringOfText(link));
      },
      reply: readAcknowledgement,
    },
    options,
  );
}
