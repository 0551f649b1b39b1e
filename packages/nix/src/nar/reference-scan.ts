import { byteStringFrom, bytesOf } from '../byte-string.ts';
import { nixBase32Alphabet } from '../nixbase32.ts';
import { hashPartLength } from '../store-path.ts';

const isDigit: Uint8Array = digitTable();

/**
 * Finds which of a number of hash parts occur in a stream of bytes, which is how Nix finds the
 * references of a path: in its NAR, whatever the file and wherever in it.
 */
export class ReferenceScan {
  readonly #wanted: Set<string>;
  /** 1 for each pair of bytes with which one of them begins: spares a look-up at nearly every place. */
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

  /** Looks at every 32nd byte only, until one is a digit: most of what is built is not base 32. */
  #search(bytes: Uint8Array): void {
    let start = 0;
    while (start + hashPartLength <= bytes.length) {
      const fault = lastNonDigit(bytes, start);
      start = fault === -1 ? this.#checkRun(bytes, start) : fault + 1;
    }
  }

  /** Checks each place in the digits that begin at `start`; gives the first that was not checked. */
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

/** Position of the last of the 32 bytes from `start` on that is no digit, or -1. */
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
