import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { messageOf } from '@dispatch/nix/message-of';
import { deferred } from '../deferred.ts';
import { codeOf } from '../errors.ts';
import type { MachineSocket, OnConnection } from '../machine-socket.ts';
import { folderRefused } from './cannot-listen.ts';
import { listening } from './listening.ts';
import { mostConnections } from './most-connections.ts';
import { removeDeadSockets } from './remove-dead-sockets.ts';

interface WantedHere {
  readonly path: string;
  readonly onConnection: OnConnection;
  /** Ends the socket, which then counts as lost. */
  readonly closing: AbortSignal;
}

/**
 * Makes a socket on this machine. A file in its place is taken for the remains of a socket that was
 * not closed, and removed, as are sockets beside it that nobody listens on. Throws `cannot-listen`.
 */
export async function listenHere({
  path,
  onConnection,
  closing,
}: WantedHere): Promise<MachineSocket> {
  const connections = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    // The socket's user learns of the error from its end.
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.maxConnections = mostConnections;
  try {
    await makeFolder(dirname(path));
    await removeDeadSockets(dirname(path));
    await rm(path, { force: true });
    await listening(server, path);
    await chmod(path, 0o666);
  } catch (error) {
    server.close();
    throw isRefusal(error) ? folderRefused(path, userInfo().username, messageOf(error)) : error;
  }
  return socketOf(path, closing, () => closed(server, connections));
}

// Its parent folders are not made: in some folders of the system that would never end.
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o755 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function socketOf(path: string, closing: AbortSignal, end: () => Promise<void>): MachineSocket {
  const lost = deferred<Error>();
  let ending: Promise<void> | undefined;
  const lose = (): void => {
    lost.resolve(closing.reason as Error);
    ending ??= end();
  };
  if (closing.aborted) lose();
  else closing.addEventListener('abort', lose, { once: true });
  return {
    path,
    lost: lost.promise,
    close: () => {
      closing.removeEventListener('abort', lose);
      ending ??= end();
      return ending;
    },
  };
}

function isRefusal(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENOENT'].includes(codeOf(error) ?? '');
}

/** Closing the server also removes its file. */
function closed(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  for (const socket of connections) socket.destroy();
  return new Promise((resolve) => void server.close(() => resolve()));
}
