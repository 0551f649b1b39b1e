import type { ByteString } from '../byte-string.ts';
import { NixFormatError } from '../errors.ts';
import {
  expectedAt,
  longestItem,
  type NarPlace,
  nameFault,
  placeAfter,
  targetFault,
  wholeWordAt,
} from './nar-grammar.ts';

/**
 * What a NAR holds, in order. A node is `regular` followed by its `contents` in pieces, a
 * `symlink`, or a `directory` followed by an `entry` and a node for each of its entries, and
 * `end-directory`.
 */
export type NarEvent =
  | { readonly kind: 'regular'; readonly executable: boolean; readonly size: number }
  | { readonly kind: 'contents'; readonly bytes: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: ByteString }
  | { readonly kind: 'directory' }
  | { readonly kind: 'entry'; readonly name: ByteString }
  | { readonly kind: 'end-directory' };

/** Deepest nesting of directories: far beyond what builds make, and a bound on memory. */
export const maximumNarDepth = 1024;

/**
 * Reads a NAR from chunks of any size and checks all of it: the grammar to the letter, padding of
 * zeros, names that are legal, sorted and unique. Holds no more than one name for each open
 * directory; the contents of files are passed over, or on, without being looked at.
 *
 * Throws `bad-nar` with the position; the parser is of no use after that.
 */
export class NarParser {
  readonly #onEvent: ((event: NarEvent) => void) | undefined;
  /** Which item is being read. */
  #place: NarPlace = 'magic';
  #phase: 'length' | 'item' | 'contents' | 'padding' = 'length';
  /** Bytes until the phase ends. */
  #left = 8;
  #length = 0;
  #item: ByteString = '';
  #executable = false;
  /** The name read last in each directory that is open. */
  readonly #names: ByteString[] = [];
  #position = 0;
  #done = false;

  constructor(onEvent?: (event: NarEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Whether the NAR is complete. */
  get done(): boolean {
    return this.#done;
  }

  /** Takes the next chunk and returns how many of its bytes belong to the NAR. */
  push(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.#done) {
      at += this.#takeWords(chunk, at);
      if (at === chunk.length || this.#done) break;
      const end = Math.min(chunk.length, at + this.#left);
      this.#take(chunk, at, end);
      this.#left -= end - at;
      this.#position += end - at;
      at = end;
      while (this.#left === 0 && !this.#done) this.#endPhase();
    }
    return at;
  }

  /** To be called when no more chunks come. Throws `bad-nar` unless the NAR is complete. */
  end(): void {
    if (!this.#done) throw this.#fault('it ends before it is complete', this.#position);
  }

  /**
   * Takes complete words, which are most of a NAR beside contents, without looking at each byte of
   * them by itself. Returns how many bytes that were.
   */
  #takeWords(chunk: Uint8Array, from: number): number {
    let at = from;
    while (this.#phase === 'length' && this.#left === 8 && !this.#done) {
      const found = wholeWordAt(this.#place, chunk, at);
      if (found === undefined) break;
      this.#position += 8;
      this.#acceptWord(found.word);
      this.#position += found.bytes.length - 8;
      at += found.bytes.length;
      this.#done = this.#place === 'end';
    }
    return at - from;
  }

  #take(chunk: Uint8Array, from: number, to: number): void {
    if (this.#phase === 'contents') {
      this.#onEvent?.({ kind: 'contents', bytes: chunk.subarray(from, to) });
      return;
    }
    for (let at = from; at < to; at += 1) this.#takeByte(chunk[at] ?? 0, at - from);
  }

  #takeByte(byte: number, offset: number): void {
    if (this.#phase === 'item') this.#item += String.fromCharCode(byte);
    else if (this.#phase === 'length') this.#length += byte * 256 ** (8 - this.#left + offset);
    else if (byte !== 0) throw this.#fault('padding is not zero', this.#position + offset);
  }

  #endPhase(): void {
    if (this.#phase === 'length') this.#startItem();
    else if (this.#phase === 'padding') this.#startLength();
    else this.#endItem();
  }

  #startLength(): void {
    this.#done = this.#place === 'end';
    this.#phase = 'length';
    this.#left = 8;
    this.#length = 0;
    this.#item = '';
  }

  #startItem(): void {
    this.#left = this.#length;
    if (this.#place === 'contents') this.#startContents();
    else if (this.#length <= longestItem(this.#place)) this.#phase = 'item';
    else throw this.#itemFault(`expected ${expectedAt(this.#place)}, found ${this.#length} bytes`);
  }

  #startContents(): void {
    if (!Number.isSafeInteger(this.#length)) throw this.#itemFault('a file is impossibly long');
    this.#phase = 'contents';
    this.#onEvent?.({ kind: 'regular', executable: this.#executable, size: this.#length });
  }

  #endItem(): void {
    if (this.#phase === 'contents') this.#place = 'node-end';
    else if (this.#place === 'name') this.#acceptName(this.#item);
    else if (this.#place === 'target') this.#acceptTarget(this.#item);
    else this.#acceptWord(this.#item);
    this.#phase = 'padding';
    this.#left = (8 - (this.#length % 8)) % 8;
  }

  #acceptWord(word: ByteString): void {
    const next = placeAfter(this.#place, word);
    if (next === undefined) {
      throw this.#itemFault(`expected ${expectedAt(this.#place)}, found ${JSON.stringify(word)}`);
    }
    if (this.#place === 'file-field') this.#executable = word === 'executable';
    else if (word === 'directory') this.#startDirectory();
    else if (this.#place === 'entry-or-end' && word === ')') this.#endDirectory();
    this.#place = next === 'end' && this.#names.length > 0 ? 'entry-end' : next;
  }

  #startDirectory(): void {
    if (this.#names.length === maximumNarDepth) {
      throw this.#itemFault(`directories are nested more than ${maximumNarDepth} deep`);
    }
    this.#names.push('');
    this.#onEvent?.({ kind: 'directory' });
  }

  #endDirectory(): void {
    this.#names.pop();
    this.#onEvent?.({ kind: 'end-directory' });
  }

  #acceptName(name: ByteString): void {
    const fault = nameFault(name, this.#names.at(-1) ?? '');
    if (fault !== undefined) throw this.#itemFault(`${fault}: ${JSON.stringify(name)}`);
    this.#names[this.#names.length - 1] = name;
    this.#place = 'node-key';
    this.#onEvent?.({ kind: 'entry', name });
  }

  #acceptTarget(target: ByteString): void {
    const fault = targetFault(target);
    if (fault !== undefined) throw this.#itemFault(fault);
    this.#place = 'node-end';
    this.#onEvent?.({ kind: 'symlink', target });
  }

  /** An error in the item, or in the length, that was just read. */
  #itemFault(fault: string): NixFormatError {
    return this.#fault(fault, this.#position - (this.#phase === 'length' ? 8 : this.#length));
  }

  #fault(fault: string, position: number): NixFormatError {
    return new NixFormatError('bad-nar', `not a NAR: ${fault} (at byte ${position})`, { position });
  }
}
