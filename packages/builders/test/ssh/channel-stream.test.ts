import { Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { ChannelStream } from '../../src/ssh/channel-stream.ts';

/** A channel of the library as far as we use it, from a server that keeps to nothing. */
class LooseChannel extends Duplex {
  readonly stderr = new PassThrough();
  readonly taken: Buffer[] = [];
  readonly incoming = { window: 0 };
  isClosed = false;

  signal(): void {}

  close(): void {
    this.isClosed = true;
  }

  override _read(): void {}

  override _write(data: Buffer, _: string, done: () => void): void {
    this.taken.push(data);
    done();
  }
}

/** A line that takes no more for now. */
class FullSocket extends Socket {
  override readonly writableNeedDrain: boolean = true;
}

function streamOver(channel: LooseChannel, socket = new Socket()): ChannelStream {
  return new ChannelStream(channel, socket, { onClose: () => {}, loss: () => 'it was cut' });
}

it('a server that sends more than it may is cut off', async () => {
  const channel = new LooseChannel();
  const stream = streamOver(channel);
  const failed = new Promise((resolve) => stream.once('error', resolve));
  stream.pause();
  for (let mebibyte = 0; mebibyte < 8; mebibyte += 1) {
    channel.push(Buffer.alloc(2 ** 20));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await failed).toMatchObject({
    message: expect.stringContaining('more than it was allowed'),
  });
  expect(channel.isClosed).toBe(true);
  expect(channel.readableLength).toBeLessThan(6 * 2 ** 20);
});

it('for one that was destroyed the library allows its server nothing more', () => {
  const channel = new LooseChannel();
  streamOver(channel).destroy();
  // It tops a window up that is half used, at whatever has the number of the channel by then.
  expect(channel.incoming.window).toBeGreaterThan(2 ** 20);
});

it('no more is given to the library than the line takes', async () => {
  const channel = new LooseChannel();
  const socket = new FullSocket();
  const stream = streamOver(channel, socket);
  expect(stream.write(Buffer.alloc(1000))).toBe(true);
  while (stream.write(Buffer.alloc(10_000)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(Buffer.concat(channel.taken)).toHaveLength(1000);
  socket.emit('drain');
  expect(Buffer.concat(channel.taken).length).toBeGreaterThan(60_000);
  stream.destroy();
});

it('many channels may wait for one line', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on('warning', note);
  const socket = new FullSocket();
  const streams = Array.from({ length: 20 }, () => streamOver(new LooseChannel(), socket));
  for (const stream of streams) stream.write('x');
  await new Promise((resolve) => setImmediate(resolve));
  expect(socket.listenerCount('drain')).toBe(20);
  expect(warnings).toEqual([]);
  process.off('warning', note);
  for (const stream of streams) stream.destroy();
});

it('the last words of a program are told, without what a terminal would obey', async () => {
  const channel = new LooseChannel();
  const stream = streamOver(channel);
  expect(stream.complaint()).toBe('it was cut');
  channel.emit('exit', 127);
  expect(stream.complaint()).toBe('the remote program ended with exit code 127');
  channel.stderr.write(`${'x'.repeat(10_000)}\n\u001B[2Jnix-daemon: not found\n`);
  await new Promise((resolve) => setImmediate(resolve));
  expect(stream.complaint()).toMatch(/^x{3000,4096}; nix-daemon: not found$/);
  stream.destroy();
});

it.each([
  ['SIGTERM', 'SIGTERM'],
  ['SIG\u001B[2J', 'a signal'],
])('a program that was killed by %j is told by its signal', (signal, told) => {
  const channel = new LooseChannel();
  const stream = streamOver(channel);
  channel.emit('exit', null, signal);
  expect(stream.complaint()).toBe(`the remote program was ended by ${told}`);
  stream.destroy();
});
