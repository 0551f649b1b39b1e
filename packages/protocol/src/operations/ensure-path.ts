import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readAcknowledgement } from '../wire/decoder.ts';

/** Makes the path valid, by substitution if need be. A `daemon-error` when that cannot be done. */
export function ensurePath(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    {
      operation: 'EnsurePath',
      request: (out) => {
        out.text(path);
      },
      reply: readAcknowledgement,
    },
    options,
  );
}
