import { type Bytes, writeBytes } from './byte-string.ts';

// Allocating very many small arrays takes longer than filling them, so they lie one after the other
// in large pieces. A piece stays in memory while any array in it is in use.
const pieceLength = 1 << 18;

let byteRoom = new Uint8Array(0);
let bytesUsed = 0;
let numberRoom = new Uint32Array(0);
let numbersUsed = 0;

/** Joins the pieces, as `joinBytes` does, into one small array of very many. */
export function packBytes(pieces: readonly Bytes[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (bytesUsed + length > byteRoom.length) {
    byteRoom = new Uint8Array(Math.max(length, pieceLength));
    bytesUsed = 0;
  }
  bytesUsed += length;
  return writeBytes(byteRoom.subarray(bytesUsed - length, bytesUsed), pieces);
}

/** A copy of the first `length` numbers, for short lists of which there are very many. */
export function packNumbers(numbers: Uint32Array, length: number): Uint32Array {
  if (numbersUsed + length > numberRoom.length) {
    numberRoom = new Uint32Array(Math.max(length, pieceLength));
    numbersUsed = 0;
  }
  // For so few, a loop is faster than the runtime's own copying.
  for (let at = 0; at < length; at += 1) numberRoom[numbersUsed + at] = numbers[at] ?? 0;
  numbersUsed += length;
  return numberRoom.subarray(numbersUsed - length, numbersUsed);
}
