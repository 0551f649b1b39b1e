import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Sends back what comes, at the pace at which it is taken. */
export function echo(stream: Duplex): void {
  stream.pipe(stream);
}

export async function connectTo(path: string): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
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
