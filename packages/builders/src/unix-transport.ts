import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { connected } from './socket-connection.ts';
import type { Transport } from './transport.ts';

/** Where the local daemon listens: `NIX_DAEMON_SOCKET_PATH`, else below Nix's state directory. */
export function daemonSocketPath(environment: NodeJS.ProcessEnv): string {
  const stateDirectory = environment['NIX_STATE_DIR'] ?? '/nix/var/nix';
  return environment['NIX_DAEMON_SOCKET_PATH'] ?? `${stateDirectory}/daemon-socket/socket`;
}

/** Whether there is a socket to connect to; a daemon need not be listening on it. */
export function socketExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}

/** Connects to a daemon on a Unix socket. */
export async function openUnixSocket(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Transport> {
  const socket = connect({ path });
  await connected(socket, signal);
  return {
    input: socket,
    output: socket,
    destroy: (error) => void socket.destroy(error),
    complaint: async () => '',
  };
}
