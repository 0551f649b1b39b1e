import type { Socket } from 'node:net';
import { CoordinatorError } from '../errors.ts';
import { LineReader } from './line-reader.ts';

/** The callbacks for one end of a socket. */
export interface MessageListener {
  /** One message, not validated yet; it may `send` right away. */
  message(value: unknown): void;
  /** The other side is gone, or sent something that is no message; nothing follows. */
  closed(fault: Error | undefined): void;
}

/**
 * Messages over a socket, each a line of JSON. Messages sent in the same turn of the event loop
 * leave as one piece.
 */
export class MessageSocket {
  readonly #socket: Socket;
  readonly #reader: LineReader;
  #waiting: string[] = [];
  #waitingLength = 0;
  #listener: MessageListener | undefined;
  #fault: Error | undefined;

  /** Nothing is read before `listen`. */
  constructor(socket: Socket, maximumBytes: number) {
    this.#socket = socket;
    this.#reader = new LineReader(maximumBytes);
    socket.on('error', (error) => (this.#fault ??= error));
    socket.on('close', () => this.#listener?.closed(this.#fault));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.pause();
  }

  listen(listener: MessageListener): void {
    this.#listener = listener;
    this.#socket.resume();
    // A socket that was closed before anybody listened emits nothing more.
    if (this.#socket.closed) process.nextTick(() => listener.closed(this.#fault));
  }

  /** Calls `listener` whenever the other side has taken all of a larger backlog. */
  onDrain(listener: () => void): void {
    this.#socket.on('drain', listener);
  }

  /** How many bytes the other side has yet to take. */
  get backlog(): number {
    return this.#socket.writableLength + this.#waitingLength;
  }

  /** Sends a message. One that is too large for a string closes the socket. */
  send(message: object): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    try {
      this.#add(`${JSON.stringify(message)}\n`);
    } catch (error) {
      this.destroy(asError(error));
    }
  }

  #add(line: string): void {
    this.#waitingLength += Buffer.byteLength(line);
    if (this.#waiting.push(line) === 1) setImmediate(() => this.#flush());
  }

  /** Closes the socket after everything sent has left. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  /** Closes the socket at once. */
  destroy(fault?: Error): void {
    this.#fault ??= fault;
    this.#socket.destroy();
  }

  #flush(): void {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingLength = 0;
    if (text !== '' && !this.#socket.writableEnded) this.#socket.write(text);
  }

  #read(chunk: Buffer): void {
    try {
      for (const line of this.#reader.take(chunk)) this.#listener?.message(parsed(line));
    } catch (error) {
      this.destroy(asError(error));
    }
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new CoordinatorError('bad-message', 'a message is not JSON', cause);
  }
}
