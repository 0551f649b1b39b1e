import type { ByteString } from '@dispatch/nix/byte-string';
import { ProtocolError } from '../errors.ts';
import type { WireLimits } from '../limits.ts';

const nothing = Buffer.alloc(0);
const lengthBytes = 8;

/**
 * The bytes that have arrived and were not read yet, in the chunks in which they came. Chunks are
 * joined only where a value spans several.
 */
export class WireInput {
  readonly limits: WireLimits;
  #current: Buffer = nothing;
  #offset = 0;
  #later: Buffer[] = [];
  #buffered = 0;
  #allowance: number;

  constructor(limits: WireLimits) {
    this.limits = limits;
    this.#allowance = limits.reply;
  }

  /** Bytes that can be taken now. */
  get buffered(): number {
    return this.#buffered;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#later.push(chunk);
    this.#buffered += chunk.length;
  }

  /** Starts counting anew the bytes that one message or reply may have in all. */
  beginMessage(): void {
    this.#allowance = this.limits.reply;
  }

  takeInteger(): number {
    const value = this.takeCounter();
    if (value > Number.MAX_SAFE_INTEGER) {
      throw new ProtocolError('too-large', `the integer ${value} is larger than 2^53`);
    }
    return value;
  }

  takeBigInteger(): bigint {
    const bytes = this.#take(lengthBytes);
    return bytes.readBigUInt64LE(this.#offset - lengthBytes);
  }

  /** Loses digits beyond 2^53. */
  takeCounter(): number {
    const bytes = this.#take(lengthBytes);
    return readCounter(bytes, this.#offset - lengthBytes);
  }

  /** Takes a length, which may be `limit` at most. Throws `too-large`. */
  takeLength(limit: number): number {
    const length = this.takeInteger();
    if (length > limit) {
      throw new ProtocolError('too-large', `a text of ${length} bytes, more than ${limit}`);
    }
    if (length > this.#allowance) throw this.#tooLarge();
    return length;
  }

  /** Takes `length` bytes of text out of `padded`; the rest must be zeros. Throws `bad-reply`. */
  takeText(length: number, padded: number): ByteString {
    const bytes = this.#take(padded);
    const end = this.#offset;
    const start = end - padded;
    for (let at = start + length; at < end; at += 1) {
      if (bytes[at] !== 0) throw new ProtocolError('bad-reply', 'a text is padded with non-zeros');
    }
    return bytes.toString('latin1', start, start + length);
  }

  /** Whether the next integer is `value`; false also if its bytes are spread over chunks. */
  startsWith(value: number): boolean {
    this.#advance();
    const bytes = this.#current;
    const at = this.#offset;
    return at + lengthBytes <= bytes.length && readCounter(bytes, at) === value;
  }

  /** The next bytes as they came, without taking them; empty when there are none. */
  peek(): Buffer {
    this.#advance();
    return this.#current.subarray(this.#offset);
  }

  /** Takes the first `count` of the bytes that `peek` gave. */
  skip(count: number): void {
    this.#offset += count;
    this.#buffered -= count;
  }

  /** Takes the next `count` bytes in one piece; they do not count as a part of a message. */
  takeBytes(count: number): Buffer {
    return this.#pass(count).subarray(this.#offset - count, this.#offset);
  }

  /** As `#pass`, for bytes that count as a part of a message. */
  #take(count: number): Buffer {
    this.#allowance -= count;
    if (this.#allowance < 0) throw this.#tooLarge();
    return this.#pass(count);
  }

  /** Takes `count` bytes: returns the buffer that holds them in one piece, ending at `#offset`. */
  #pass(count: number): Buffer {
    this.#advance();
    if (this.#current.length - this.#offset < count) this.#join(count);
    this.#offset += count;
    this.#buffered -= count;
    return this.#current;
  }

  #tooLarge(): ProtocolError {
    return new ProtocolError('too-large', `a reply of more than ${this.limits.reply} bytes`);
  }

  #advance(): void {
    if (this.#offset < this.#current.length) return;
    this.#current = this.#later.shift() ?? nothing;
    this.#offset = 0;
  }

  /** Makes the first `count` bytes one buffer; the caller has seen that so many are there. */
  #join(count: number): void {
    const parts = [this.#current.subarray(this.#offset)];
    let length = parts[0]?.length ?? 0;
    let used = 0;
    while (length < count) {
      const part = this.#later[used];
      if (part === undefined) throw new RangeError(`${count} bytes taken, ${length} were there`);
      parts.push(part);
      length += part.length;
      used += 1;
    }
    this.#later.splice(0, used);
    this.#current = Buffer.concat(parts, length);
    this.#offset = 0;
  }
}

function readCounter(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
}
