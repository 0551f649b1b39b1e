import { byteStringFrom, bytesOf } from '../byte-string.ts';
import { nixBase32Alphabet } from '../nixbase32.ts';
import { hashPartLength } from '../store-path.ts';

const isDigit: Uint8Array = digitTable();

/**
 * Finds which of the given hash parts occur in a stream of bytes. Nix finds the references of a
 * path in this way: anywhere in its NAR.
 */
export class ReferenceScan {
  readonly #wanted: Set<string>;
  /**
   * 1 for each pair of bytes that begins a wanted hash part: saves a look-up at nearly every place.
   */
  readonly #beginnings = new Uint8Array(0x10000);
  readonly #found = new Set<string>();
  /** The last bytes seen, where a hash part may have begun. */
  #tail: Uint8Array = new Uint8Array(0);

  constructor(hashParts: Iterable<string>) {
    this.#wanted = new Set(hashParts);
    for (const hashPart of this.#wanted) this.#beginnings[pairAt(bytesOf(hashPart), 0)] = 1;
  }

  /** The hash parts seen so far. */
  get found(): ReadonlySet<string> {
    return this.#found;
  }

  /** Takes the next chunk, of any size. */
  push(chunk: Uint8Array): void {
    const overlap = hashPartLength - 1;
    const border = concatenated(this.#tail, chunk.subarray(0, overlap));
    this.#search(border);
    this.#search(chunk);
    const last = chunk.length < overlap ? border : chunk;
    this.#tail = last.slice(Math.max(0, last.length - overlap));
  }

  /** Looks only at every 32nd byte until one is a digit: most of what is built is not base 32. */
  #search(bytes: Uint8Array): void {
    let start = 0;
    while (start + hashPartLength <= bytes.length) {
      const fault = lastNonDigit(bytes, start);
      start = fault === -1 ? this.#checkRun(bytes, start) : fault + 1;
    }
  }

  /** Checks each place in the digits from `start` on; returns the first that was not checked. */
  #checkRun(bytes: Uint8Array, start: number): number {
    let at = start;
    do {
      this.#check(bytes, at);
      at += 1;
    } while (isDigit[bytes[at + hashPartLength - 1] ?? 0] === 1);
    return at;
  }

  #check(bytes: Uint8Array, at: number): void {
    if (this.#beginnings[pairAt(bytes, at)] !== 1) return;
    const candidate = byteStringFrom(bytes.subarray(at, at + hashPartLength));
    if (this.#wanted.has(candidate)) this.#found.add(candidate);
  }
}

/** Position of the last byte that is no digit among the 32 from `start` on, or -1. */
function lastNonDigit(bytes: Uint8Array, start: number): number {
  let at = start + hashPartLength - 1;
  while (at >= start && isDigit[bytes[at] ?? 0] === 1) at -= 1;
  return at < start ? -1 : at;
}

function pairAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function concatenated(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function digitTable(): Uint8Array {
  const table = new Uint8Array(256);
  for (const digit of nixBase32Alphabet) table[digit.charCodeAt(0)] = 1;
  return table;
}
