import { type Bytes, writeBytes } from './byte-string.ts';

// Memory for each of many small lists apart takes longer than filling it; so they lie one behind the
// other in large pieces. A piece is kept while anything in it is in use.
const pieceLength = 1 << 18;

let byteRoom = new Uint8Array(0);
let bytesUsed = 0;
let numberRoom = new Uint32Array(0);
let numbersUsed = 0;

/** One behind the other, as `joinBytes` does, for what is small and one of very many. */
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

/** A copy of the first numbers of a list, which are few, and of one list of very many. */
export function packNumbers(numbers: Uint32Array, length: number): Uint32Array {
  if (numbersUsed + length > numberRoom.length) {
    numberRoom = new Uint32Array(Math.max(length, pieceLength));
    numbersUsed = 0;
  }
  // Of so few, a loop is faster than the runtime's own copying.
  for (let at = 0; at < length; at += 1) numberRoom[numbersUsed + at] = numbers[at] ?? 0;
  numbersUsed += length;
  return numberRoom.subarray(numbersUsed - length, numbersUsed);
}
