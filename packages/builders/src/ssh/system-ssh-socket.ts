import { join } from 'node:path';
import { deferred } from '../deferred.ts';
import type { MachineSocket, SocketWish } from '../machine-socket.ts';
import { listenHere } from '../sockets/listen-here.ts';
import { keeperProgram, SocketKeeper } from '../sockets/socket-keeper.ts';
import type { CarrierOptions } from '../transport.ts';
import { makePrivateFolder } from './private-folder.ts';
import type { SshAddress } from './ssh-address.ts';
import type { SocketForward } from './ssh-arguments.ts';
import { openSystemSsh } from './system-ssh.ts';

interface Wanted extends SocketWish {
  /** Ends the socket, which then counts as lost. */
  readonly closing: AbortSignal;
}

/**
 * Makes a socket on a machine behind SSH by the system's `ssh`, with a process of its own: it
 * forwards the connections to a socket of ours, in a folder that only we may read. Throws
 * `cannot-listen`.
 */
export async function listenBySystemSsh(
  address: SshAddress,
  options: CarrierOptions,
  { path, onConnection, signal, closing }: Wanted,
): Promise<MachineSocket> {
  const open = (forward?: SocketForward): SocketKeeper =>
    new SocketKeeper(openSystemSsh(address, options, { words: keeperProgram, forward }));
  await preparePlace(open(), path, signal);
  const folder = makePrivateFolder();
  const own = await listenHere({ path: join(folder.path, 'socket'), onConnection, closing });
  // `ssh` starts the command after it has made the socket or failed to: so the socket is there by
  // then.
  const keeper = open({ from: path, to: own.path });
  const hangUp = (): void => keeper.close();
  closing.addEventListener('abort', hangUp);
  const end = async (): Promise<void> => {
    closing.removeEventListener('abort', hangUp);
    keeper.close();
    await own.close();
    folder.remove();
  };
  try {
    await keeper.open(path, signal);
  } catch (error) {
    await end();
    throw error;
  }
  return socketOf(path, keeper, end);
}

async function preparePlace(
  keeper: SocketKeeper,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await keeper.prepare(path, signal);
  } finally {
    keeper.close();
  }
}

function socketOf(path: string, keeper: SocketKeeper, end: () => Promise<void>): MachineSocket {
  const lost = deferred<Error>();
  let closing: Promise<void> | undefined;
  void keeper.ended.then((error) => {
    if (closing !== undefined) return;
    lost.resolve(error);
    closing = end();
  });
  return {
    path,
    lost: lost.promise,
    close: () => {
      closing ??= removed(path, keeper).then(end);
      return closing;
    },
  };
}

/** After this long without an answer the socket is left to end with its connection. */
const patienceMs = 5000;

function removed(path: string, keeper: SocketKeeper): Promise<void> {
  return keeper.remove(path, AbortSignal.timeout(patienceMs)).catch(() => {});
}
