import type { ByteString } from '@dispatch/nix/byte-string';

const integerBytes = 8;
const initialBytes = 512;

/** One request, put together so that it leaves in a single write. */
export class RequestWriter {
  #bytes: Buffer = Buffer.allocUnsafe(initialBytes);
  #length = 0;

  integer(value: number): void {
    this.#reserve(integerBytes);
    this.#bytes.writeUInt32LE(value % 0x1_0000_0000, this.#length);
    this.#bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.#length + 4);
    this.#length += integerBytes;
  }

  boolean(value: boolean): void {
    this.integer(value ? 1 : 0);
  }

  text(value: ByteString): void {
    this.integer(value.length);
    const padded = Math.ceil(value.length / 8) * 8;
    this.#reserve(padded);
    this.#bytes.write(value, this.#length, 'latin1');
    this.#bytes.fill(0, this.#length + value.length, this.#length + padded);
    this.#length += padded;
  }

  /** Bytes in the layout of a text: length, bytes, padding. */
  raw(value: Uint8Array): void {
    this.integer(value.length);
    const padded = Math.ceil(value.length / 8) * 8;
    this.#reserve(padded);
    this.#bytes.set(value, this.#length);
    this.#bytes.fill(0, this.#length + value.length, this.#length + padded);
    this.#length += padded;
  }

  /** Bytes as they are: data that has its own form, such as a NAR. */
  verbatim(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  texts(values: readonly ByteString[]): void {
    this.list(values, (value) => {
      this.text(value);
    });
  }

  list<T>(items: readonly T[], writeItem: (item: T) => void): void {
    this.integer(items.length);
    for (const item of items) writeItem(item);
  }

  /** An absent text is written as an empty one. */
  optionalText(value: ByteString | undefined): void {
    this.text(value ?? '');
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far. Valid until more is written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
