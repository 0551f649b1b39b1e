import type { StorePath } from '@dispatch/nix/store-path';
import type { CallOptions } from '../call-options.ts';
import type { DaemonConnection } from '../daemon-connection.ts';
import { readAcknowledgement } from '../wire/decoder.ts';
import { requestOfPath } from '../wire/request-path.ts';

/**
 * Keeps paths, valid or not yet, from being collected until this connection is closed. The requests
 * are written ahead of their answers.
 */
export async function addTempRoots(
  connection: DaemonConnection,
  paths: readonly StorePath[],
  options?: CallOptions,
): Promise<void> {
  const exchanges = paths.map((path) => ({
    ...requestOfPath('AddTempRoot', path),
    reply: readAcknowledgement,
  }));
  await connection.callMany(exchanges, options);
}
