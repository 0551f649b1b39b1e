import { type Bytes, writeBytes } from './byte-string.ts';

// Memory for each of many small lists apart takes longer than filling it; so they lie one behind the
// other in large pieces. A piece is kept while anything in it is in use.
const pieceLength = 1 << 18;

let byteRoom = new Uint8Array(0);
let numberRoom = new Uint32Array(0);

/** One behind the other, as `joinBytes` does, for what is small and one of very many. */
export function packBytes(pieces: readonly Bytes[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  if (byteRoom.length < length) byteRoom = new Uint8Array(Math.max(length, pieceLength));
  const packed = byteRoom.subarray(0, length);
  byteRoom = byteRoom.subarray(length);
  return writeBytes(packed, pieces);
}

/** A copy of a list of numbers that is small and one of very many. */
export function packNumbers(numbers: Uint32Array): Uint32Array {
  const { length } = numbers;
  if (numberRoom.length < length) numberRoom = new Uint32Array(Math.max(length, pieceLength));
  const packed = numberRoom.subarray(0, length);
  numberRoom = numberRoom.subarray(length);
  packed.set(numbers);
  return packed;
}
