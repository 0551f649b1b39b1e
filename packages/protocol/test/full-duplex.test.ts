import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DaemonConnection } from '../src/daemon-connection.ts';
import { addToStoreNar } from '../src/operations/add-to-store-nar.ts';
import { isValidPath } from '../src/operations/is-valid-path.ts';
import { fileInStore, inPieces, socketStreams, storePath } from './daemon.ts';
import { greeting, last, wire } from './scripted-peer.ts';

// A daemon that logs without reading until its log has left, as one may that is busy.

let folder: string;
let server: Server;
let socketPath: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'full-duplex-'));
  socketPath = join(folder, 'socket');
  server = createServer().listen(socketPath);
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const line = wire(0x6f6c6d67, 'x'.repeat(1000));
const lines = 20_000;

async function floodThenRead(socket: Socket): Promise<void> {
  await once(socket, 'data');
  socket.pause();
  for (let sent = 0; sent < lines; sent += 1) {
    if (!socket.write(line)) await once(socket, 'drain');
  }
  socket.resume();
}

test('an upload and a flood of messages pass each other', async () => {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const opened = DaemonConnection.open(socketStreams(socketPath));
  const [socket] = await accepted;
  socket.resume().write(greeting(35));
  const connection = await opened;
  const { info, bytes } = fileInStore('large', Buffer.alloc(20_000_000, 'x'));
  let told = 0;
  socket.on('data', (chunk: Buffer) => {
    told += chunk.length;
    // The end of the frames is the only thing that stops the client from sending.
    if (told > bytes.length && chunk.subarray(-8).equals(Buffer.alloc(8))) socket.write(wire(last));
  });
  const flooded = floodThenRead(socket);
  let heard = 0;
  const onEvent = () => {
    heard += 1;
  };
  const nar = inPieces(bytes, 100_000);
  await addToStoreNar(connection, { info, nar, repair: false, dontCheckSigs: true }, { onEvent });
  await flooded;
  expect(heard).toBe(lines);
  socket.removeAllListeners('data');
  socket.once('data', () => socket.write(wire(last, 1)));
  expect(await isValidPath(connection, storePath('next'))).toBe(true);
  connection.close();
});
