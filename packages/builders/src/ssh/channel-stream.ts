import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Channel } from 'ssh2';
import { Complaint } from '../complaint.ts';
import { tellsOfSilence } from './silence.ts';

export interface ChannelOwner {
  /** Called once, when the channel is no longer used. */
  readonly onClose: () => void;
  /** Why the whole connection is gone, if it is. */
  readonly loss: () => string | undefined;
}

/**
 * Bytes that may wait on our side in each direction, besides the two megabytes of SSH's own window.
 */
const highWaterMark = 64 * 1024;
const largestBacklog = 4 * 1024 * 1024;
const signalName = /^SIG[A-Z0-9]{1,12}$/;

/**
 * The standard input and output of a command behind SSH, or a connection to a socket there, as one
 * stream with back-pressure in both directions. Destroying it closes the channel.
 *
 * The library's own channel still delivers data after it was destroyed, and accepts any amount to
 * send: hence this second stream around it.
 */
export class ChannelStream extends Duplex {
  readonly #channel: Channel;
  readonly #socket: Socket;
  readonly #owner: ChannelOwner;
  readonly #complaint = new Complaint();
  /** How the command ended; undefined for exit code 0. */
  #end: string | undefined;

  constructor(channel: Channel, socket: Socket, owner: ChannelOwner) {
    super({ highWaterMark });
    this.#channel = channel;
    this.#socket = socket;
    this.#owner = owner;
    // Many channels may wait for this socket at one time; their listeners are no leak.
    socket.setMaxListeners(0);
    this.#complaint.listenTo(channel.stderr);
    this.#guardWindow();
    channel.on('data', (data: Buffer) => {
      if (!this.push(data)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.on('error', () => {});
    channel.once('exit', (code: number | null, signal?: string) => {
      if (code === null)
        this.#end = `was ended by ${signalName.exec(signal ?? '')?.[0] ?? 'a signal'}`;
      else if (code !== 0) this.#end = `ended with exit code ${code}`;
    });
    // Data that has arrived must still be read.
    channel.once('close', () => {
      if (this.readableEnded) this.destroy();
      else this.once('end', () => this.destroy());
    });
  }

  /** What the command wrote to its standard error, else how the command or the connection ended. */
  complaint(): string {
    const end = this.#end === undefined ? '' : `the remote program ${this.#end}`;
    const own = this.#complaint.toString() || end;
    const loss = this.#owner.loss() ?? '';
    // What a program printed long ago does not explain why the machine fell silent.
    return own === '' || tellsOfSilence(loss) ? loss : own;
  }

  /** Enforces the window of two megabytes unread, which the library does not check. */
  #guardWindow(): void {
    const channel = this.#channel;
    const push = channel.push.bind(channel);
    channel.push = (data: Buffer | null) => {
      if (channel.readableLength <= largestBacklog) return push(data);
      this.destroy(new Error('the SSH server sends more than it was allowed to'));
      return false;
    };
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(data: Buffer, _encoding: string, done: () => void): void {
    this.#send(data, done);
  }

  override _writev(pieces: { chunk: Buffer }[], done: () => void): void {
    this.#send(Buffer.concat(pieces.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#channel.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#channel.removeAllListeners('data');
    // For data that still arrives the library would enlarge the window, under a number that the
    // server may have given to the next channel by then: that one would get more than fits, and
    // lose it.
    this.#channel.incoming.window = Infinity;
    this.#channel.close();
    this.#owner.onClose();
    done(error);
  }

  /**
   * Sends data and waits while the socket is full, so that nothing piles up here. The library
   * writes each packet in three pieces; corked, they become one system call and one TCP packet.
   */
  #send(data: Buffer, done: () => void): void {
    this.#socket.cork();
    this.#channel.write(data, () => {
      if (this.#socket.writableNeedDrain) this.#socket.once('drain', done);
      else done();
    });
    this.#socket.uncork();
  }
}
