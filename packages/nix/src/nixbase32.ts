import { NixFormatError } from './errors.ts';

/** Nix's 32 digits, without `e`, `o`, `t` and `u`. */
export const nixBase32Alphabet = '0123456789abcdfghijklmnpqrsvwxyz';

/** The character of each value. */
const digitCodes: Uint8Array = Uint8Array.from(nixBase32Alphabet, (digit) => digit.charCodeAt(0));

/** Value of each character, by its code; 255 for what is not a digit. */
const digitValues: Uint8Array = digitTable();

/**
 * Bytes in the base 32 of Nix's store paths and hashes: without padding, and with the digits in
 * reverse, so that the last byte comes first and is the most significant.
 */
export function encodeNixBase32(bytes: Uint8Array): string {
  const codes: number[] = [];
  for (let digit = encodedLength(bytes.length) - 1; digit >= 0; digit -= 1) {
    const at = (digit * 5) >> 3;
    const shift = (digit * 5) & 7;
    const pair = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    codes.push(digitCodes[(pair >> shift) & 31] ?? 0);
  }
  return String.fromCharCode(...codes);
}

/**
 * The bytes of a text in Nix's base 32. Throws `bad-base32` with the position for a character that
 * is no digit, for a length that no number of bytes encodes to, and for bits beyond the last byte.
 */
export function decodeNixBase32(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length * 5) >> 3);
  if (encodedLength(bytes.length) !== text.length) {
    throw badBase32(`no number of bytes takes ${text.length} digits of base 32`, 0);
  }
  for (let position = 0; position < text.length; position += 1) {
    const digit = text.length - 1 - position;
    const at = (digit * 5) >> 3;
    const bits = digitAt(text, position) << ((digit * 5) & 7);
    bytes[at] = (bytes[at] ?? 0) | (bits & 0xff);
    if (at + 1 < bytes.length) bytes[at + 1] = (bytes[at + 1] ?? 0) | (bits >> 8);
    else if (bits >> 8 !== 0) throw badBase32('the first digit has bits beyond the last byte', 0);
  }
  return bytes;
}

/** How many digits `byteCount` bytes take: 32 for the 20 bytes of a store path, 52 for SHA-256. */
export function encodedLength(byteCount: number): number {
  return Math.ceil((byteCount * 8) / 5);
}

function digitAt(text: string, position: number): number {
  const value = digitValues[text.charCodeAt(position)] ?? 255;
  if (value === 255) {
    throw badBase32(`'${text[position]}' is not a digit of Nix's base 32`, position);
  }
  return value;
}

function digitTable(): Uint8Array {
  const table = new Uint8Array(128).fill(255);
  for (let value = 0; value < 32; value += 1) table[nixBase32Alphabet.charCodeAt(value)] = value;
  return table;
}

function badBase32(fault: string, position: number): NixFormatError {
  return new NixFormatError('bad-base32', fault, { position });
}
