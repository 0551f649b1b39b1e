import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { isProtocolError } from '@dispatch/protocol/errors';
import { buildPaths } from '@dispatch/protocol/operations/build-paths';
import type { Trust } from '@dispatch/protocol/trust';

/**
 * Whether the daemon trusts us. From protocol 1.35 it says so itself, unless it hands on to another that does not.
 * Who does not say is asked to repair nothing at all: repairing is for trusted users, and that is
 * checked before what there is to repair, so that a no changes as little as a yes.
 *
 * The daemon ends the connection after a no.
 */
export async function findTrust(connection: DaemonConnection): Promise<Trust> {
  if (connection.trust !== 'unknown') return connection.trust;
  try {
    await buildPaths(connection, { targets: [], mode: 'repair' });
    return 'trusted';
  } catch (error) {
    if (!isProtocolError(error, 'daemon-error')) throw error;
    connection.close();
    return /trusted-users|not allowed|privileged/.test(error.message) ? 'not-trusted' : 'unknown';
  }
}
