import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Sends back what comes, at the pace at which it is taken. */
export function echo(stream: Duplex): void {
  stream.pipe(stream);
}

/** Waits for its turn where too many others are connecting, as a client does whose `connect` may block. */
export async function connectTo(path: string): Promise<Socket> {
  for (;;) {
    const socket = connect({ path, allowHalfOpen: true });
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await sleep(20);
    }
  }
}

/** Says something, hangs up its half, and gives all that comes back. */
export async function exchange(path: string, text: string | Buffer): Promise<Buffer> {
  const socket = await connectTo(path);
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.end(text);
  await once(socket, 'end');
  return Buffer.concat(pieces);
}
