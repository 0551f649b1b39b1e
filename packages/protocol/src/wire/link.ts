import type { ByteStreams } from '../byte-streams.ts';
import { ProtocolError } from '../errors.ts';
import type { WireLimits } from '../limits.ts';
import type { Decoder } from './decoder.ts';
import { uptimeMs } from './uptime.ts';
import { WireInput } from './wire-input.ts';

/** Bytes that may wait to be read before the peer is held up. */
const highWater = 256 * 1024;

/**
 * How long to go on reading when writing has failed: a daemon that hangs up has often said why, and
 * that is still on its way.
 */
const lastWordsMilliseconds = 2000;

interface Waiter {
  readonly bytes: number;
  resolve(): void;
  reject(error: Error): void;
}

/** The byte streams of a connection, with the bytes that have arrived and the first error. */
export class Link {
  readonly input: WireInput;
  readonly #streams: ByteStreams;
  #failure: Error | undefined;
  #waiter: Waiter | undefined;
  #onDrain: (() => void) | undefined;
  #corked = false;
  #paused = false;
  #lastWords: NodeJS.Timeout | undefined;
  #lastSign = uptimeMs();
  #isSourceOpen = false;

  constructor(streams: ByteStreams, limits: WireLimits) {
    this.#streams = streams;
    this.input = new WireInput(limits);
    const lost = (cause?: Error): void => this.fail(lostConnection(cause));
    streams.input.on('data', (chunk: Buffer) => this.#receive(chunk));
    streams.input.on('error', lost).on('end', lost).on('close', lost);
    streams.output.on('drain', () => {
      this.#lastSign = uptimeMs();
      this.#onDrain?.();
    });
    streams.output.on('error', (cause) => this.#writingFailed(cause)).on('close', lost);
    if (streams.input.readableEnded || streams.input.destroyed) lost();
  }

  /** Why nothing can be read any more; undefined while all is well. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Set while more data of ours is to come: until then the peer owes no answer. */
  set isSourceOpen(isOpen: boolean) {
    this.#isSourceOpen = isOpen;
    this.#lastSign = uptimeMs();
  }

  /** Milliseconds for which the peer has owed us a sign of life; 0 while it is not its turn. */
  get silentMs(): number {
    const owesAnswer = this.#waiter !== undefined && !this.#isSourceOpen;
    const owesRoom = this.#streams.output.writableNeedDrain;
    return owesAnswer || owesRoom ? uptimeMs() - this.#lastSign : 0;
  }

  /** Ends both directions; whoever waits for bytes gets the first error that this was called with. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    clearTimeout(this.#lastWords);
    this.#streams.destroy();
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  /**
   * Reads one value. Returns it at once if all of it has arrived, since for thousands of small
   * values the waits would take longer than the reading. Throws the fault of the value, or of the
   * link.
   */
  read<T>(decoder: Decoder<T>): T | Promise<T> {
    const step = decoder.next();
    return step.done === true ? step.value : this.#readOn(decoder, step.value);
  }

  /** Waits until at least that many bytes have arrived. Rejects when the link has failed. */
  until(bytes: number): Promise<void> {
    if (this.input.buffered >= bytes) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#paused) {
      this.#paused = false;
      this.#streams.input.resume();
    }
    this.#lastSign = uptimeMs();
    return new Promise((resolve, reject) => {
      this.#waiter = { bytes, resolve, reject };
    });
  }

  /**
   * Sends bytes, which must not be changed afterwards; false when more should wait for `onDrain`. All
   * that is sent before the event loop turns leaves together.
   */
  send(...parts: readonly Uint8Array[]): boolean {
    const { output } = this.#streams;
    if (!output.writable) return true; // its error has been or will be reported
    if (!this.#corked) {
      this.#corked = true;
      output.cork();
      process.nextTick(() => this.#uncork());
    }
    for (const part of parts) output.write(part);
    return !output.writableNeedDrain;
  }

  /** What to call when the peer takes more; undefined for nothing. */
  set onDrain(callback: (() => void) | undefined) {
    this.#onDrain = callback;
  }

  async #readOn<T>(decoder: Decoder<T>, bytes: number): Promise<T> {
    await this.until(bytes);
    let step = decoder.next();
    while (step.done !== true) {
      await this.until(step.value);
      step = decoder.next();
    }
    return step.value;
  }

  #uncork(): void {
    this.#corked = false;
    this.#streams.output.uncork();
  }

  #receive(chunk: Buffer): void {
    this.input.push(chunk);
    this.#lastSign = uptimeMs();
    const waiter = this.#waiter;
    if (waiter !== undefined && this.input.buffered >= waiter.bytes) {
      this.#waiter = undefined;
      waiter.resolve();
    } else if (waiter === undefined && this.input.buffered > highWater) {
      this.#paused = true;
      this.#streams.input.pause();
    }
  }

  #writingFailed(cause: Error): void {
    this.#lastWords ??= setTimeout(() => this.fail(lostConnection(cause)), lastWordsMilliseconds);
  }
}

function lostConnection(cause?: Error): ProtocolError {
  const why = cause === undefined ? '' : `: ${cause.message}`;
  return new ProtocolError('connection-lost', `the connection was lost${why}`, { cause });
}
