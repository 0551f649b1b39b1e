import { baseName, type StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readAcknowledgement } from '../wire/decoder.ts';

export interface AddBuildLogRequest {
  readonly drvPath: StorePath;
  /** The log, uncompressed, in pieces of any size. */
  readonly log: AsyncIterable<Uint8Array>;
}

/** Stores a log where `nix log` finds it. For trusted clients; needs protocol 1.32. */
export async function addBuildLog(
  connection: DaemonConnection,
  { drvPath, log }: AddBuildLogRequest,
  options?: CallOptions,
): Promise<void> {
  connection.requireVersion('AddBuildLog', 32);
  try {
    await connection.call(
      {
        operation: 'AddBuildLog',
        request: (out) => {
          out.text(baseName(drvPath));
        },
        data: log,
        reply: readAcknowledgement,
      },
      options,
    );
  } catch (error) {
    // A daemon that refuses this operation, unlike others, does not read the data: it would take it
    // for requests.
    connection.close();
    throw error;
  }
}
