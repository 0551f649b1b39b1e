import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readBoolean } from '../wire/decoder.ts';

/** Whether the store has the path. */
export function isValidPath(
  connection: DaemonConnection,
  path: StorePath,
  options?: CallOptions,
): Promise<boolean> {
  return connection.call(
    {
      operation: 'IsValidPath',
      request: (out) => {
        out.text(path);
      },
      reply: readBoolean,
    },
    options,
  );
}
