import type { Socket } from 'node:net';

/**
 * Waits until a socket is connected. Throws its error; when the signal is aborted first, destroys
 * the socket and throws the signal's reason. An error that comes before anybody else listens is
 * never uncaught.
 */
export function connected(socket: Socket, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      socket.destroy();
      reject(signal?.reason as Error);
    };
    const settle = (): void => signal?.removeEventListener('abort', giveUp);
    socket.once('error', (error) => {
      settle();
      reject(error);
    });
    socket.once('connect', () => {
      settle();
      resolve();
    });
    if (signal?.aborted) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  });
}
