import { closeSync, openSync, readSync } from 'node:fs';

/** The largest file that is read: room for more than a hundred thousand serials, or roots. */
const maximumBytes = 64 * 1024 * 1024;

const pieceBytes = 64 * 1024;

export const standardInput = 0;

/**
 * The text of a file, given by name or by descriptor. It is read in pieces and refused when it is too
 * large: a device or a pipe does not say beforehand how much will come, and some never end.
 */
export function readLimitedFile(file: string | number): string {
  if (typeof file === 'number') return readLimited(file);
  const descriptor = openSync(file, 'r');
  try {
    return readLimited(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readLimited(descriptor: number): string {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const count = readSync(descriptor, piece);
    if (count === 0) return Buffer.concat(pieces, size).toString('utf8');
    size += count;
    if (size > maximumBytes) throw new Error(`it is larger than ${maximumBytes} bytes`);
    pieces.push(piece.subarray(0, count));
  }
}
