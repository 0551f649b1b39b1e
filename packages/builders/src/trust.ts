import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { isProtocolError } from '@dispatch/protocol/errors';
import { buildPaths } from '@dispatch/protocol/operations/build-paths';
import type { Trust } from '@dispatch/protocol/trust';

/** What to do about a machine whose daemon does not trust us; follows what that leads to. */
export const trustAdvice: string =
  "add our user to 'trusted-users' in its /etc/nix/nix.conf and restart its nix-daemon";

/**
 * Whether the daemon trusts us. From protocol 1.35 on it says so itself, unless it forwards to
 * another daemon that does not. One that does not say is asked to repair an empty list of paths:
 * only trusted users may repair, and a daemon checks that before it looks at what to repair, so
 * neither answer changes anything.
 *
 * After a refusal the daemon closes the connection.
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
