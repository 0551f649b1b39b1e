import type { CallOptions } from '../call-options.ts';
import type { ClientOptions } from '../client-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { writeClientOptions } from '../wire/client-options.ts';
import { readNothing } from '../wire/decoder.ts';

/** Sets the daemon's settings for this connection. It drops those that it does not accept. */
export function setOptions(
  connection: DaemonConnection,
  settings: ClientOptions,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    {
      operation: 'SetOptions',
      request: (out) => {
        writeClientOptions(out, settings);
      },
      reply: readNothing,
    },
    options,
  );
}
