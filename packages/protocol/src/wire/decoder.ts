import type { ByteString } from '@dispatch/nix/byte-string';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import { ProtocolError } from '../errors.ts';
import type { WireInput } from './wire-input.ts';

/**
 * A value being read. It yields how many bytes have to be there before it can go on and is resumed
 * once they are, so that what has arrived already is read without a single turn of the event loop,
 * and what has been read once is never read again.
 */
export type Decoder<T> = Generator<number, T, undefined>;

const integerBytes = 8;

/** An integer below 2^53. Throws `too-large`. */
export function* readInteger(input: WireInput): Decoder<number> {
  if (input.buffered < integerBytes) yield integerBytes;
  return input.takeInteger();
}

/** Any 64-bit integer. */
export function* readBigInteger(input: WireInput): Decoder<bigint> {
  if (input.buffered < integerBytes) yield integerBytes;
  return input.takeBigInteger();
}

/** A 64-bit integer that is only for showing: digits beyond 2^53 are lost. */
export function* readCounter(input: WireInput): Decoder<number> {
  if (input.buffered < integerBytes) yield integerBytes;
  return input.takeCounter();
}

/** 0 or 1; a daemon that sends another number speaks something else. */
export function* readBoolean(input: WireInput): Decoder<boolean> {
  const value = yield* readInteger(input);
  if (value > 1) throw new ProtocolError('bad-reply', `${value} stands where 0 or 1 must`);
  return value === 1;
}

/** A text of at most `limit` bytes, its padding checked. Throws `too-large`, `bad-reply`. */
function* readText(input: WireInput, limit: number): Decoder<ByteString> {
  if (input.buffered < integerBytes) yield integerBytes;
  const length = input.takeLength(limit);
  const padded = Math.ceil(length / 8) * 8;
  if (input.buffered < padded) yield padded;
  return input.takeText(length, padded);
}

/** A name, hash, signature or the like. */
export function readName(input: WireInput): Decoder<ByteString> {
  return readText(input, input.limits.name);
}

/** A log line, an error message or the like. */
export function readLongText(input: WireInput): Decoder<ByteString> {
  return readText(input, input.limits.text);
}

/** A store path, checked to be one. */
export function* readPath(input: WireInput): Decoder<StorePath> {
  return parseStorePath(yield* readName(input));
}

/** A store path, or undefined where an empty text stands for none. */
export function* readOptionalPath(input: WireInput): Decoder<StorePath | undefined> {
  const text = yield* readName(input);
  return text === '' ? undefined : parseStorePath(text);
}

/** A count and as many items; the count is bounded before anything is allocated for it. */
export function* readList<T>(
  input: WireInput,
  readItem: (input: WireInput) => Decoder<T>,
): Decoder<T[]> {
  const count = yield* readCount(input);
  const items: T[] = [];
  for (let at = 0; at < count; at += 1) items.push(yield* readItem(input));
  return items;
}

/** The number of items that follow. Throws `too-large`. */
export function* readCount(input: WireInput): Decoder<number> {
  const count = yield* readInteger(input);
  if (count > input.limits.items) {
    throw new ProtocolError('too-large', `${count} items, more than ${input.limits.items}`);
  }
  return count;
}

/** A list of store paths. */
export function readPaths(input: WireInput): Decoder<StorePath[]> {
  return readList(input, readPath);
}

/** The reply of operations that have nothing to report: a constant without a meaning. */
export function* readAcknowledgement(input: WireInput): Decoder<void> {
  yield* readInteger(input);
}

// oxlint-disable require-yield
/** The reply of operations that do not even send that: it is enough that there was no error. */
export function* readNothing(): Decoder<void> {
  return undefined;
}
