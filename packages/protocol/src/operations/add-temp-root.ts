import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readAcknowledgement } from '../wire/decoder.ts';

/** Keeps the path, valid or not yet, from being collected until this connection is closed. */
export function addTempRoot(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    {
      operation: 'AddTempRoot',
      request: (out) => {
        out.text(path);
      },
      reply: readAcknowledgement,
    },
    options,
  );
}
