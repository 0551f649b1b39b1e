import { messageOf } from '@dispatch/nix/message-of';
import { BuildersError, codeOf, throwIfCancelled } from '../errors.ts';
import type { MachineSocket, SocketWish } from '../machine-socket.ts';
import { startTimeLimit } from '../time-limit.ts';
import type { Carrier } from '../transport.ts';
import { checkSocketPath } from './socket-path.ts';

export interface ListenTarget {
  /** The store as messages name it: its URI. */
  readonly name: string;
  /** Seconds that making a socket may take, including the connection for it. */
  readonly connectSeconds: number;
  readonly carrier: Carrier;
}

/**
 * Makes a socket on a store's machine. Throws `cannot-listen` with what to allow there,
 * `unreachable`, or `cancelled`; then nothing is left open.
 */
export async function listenAt(
  target: ListenTarget,
  { path, onConnection, signal }: SocketWish,
): Promise<MachineSocket> {
  throwIfCancelled(signal, `making the socket ${path} at ${target.name}`);
  const limit = startTimeLimit(target.connectSeconds, signal);
  try {
    checkSocketPath(path);
    return await target.carrier.listen({ path, onConnection, signal: limit.signal });
  } catch (error) {
    throwIfCancelled(signal, `making the socket ${path} at ${target.name}`);
    const code = codeOf(error);
    if (code?.startsWith('bad-')) throw error;
    const fault =
      limit.passed() && code !== 'cannot-listen'
        ? `no answer within ${target.connectSeconds} s`
        : messageOf(error);
    const kind = code === 'cannot-listen' ? code : 'unreachable';
    const text = `${target.name}: ${fault}`;
    throw new BuildersError(kind, text, { builder: target.name, cause: error });
  } finally {
    limit.end();
  }
}
