import type { Bytes } from './byte-string.ts';
import { encodeNixBase32 } from './nixbase32.ts';
import { type StoreDir, type StorePath, storePathFromParts } from './store-path.ts';

/**
 * SHA-256 of the pieces joined together, as 64 hexadecimal digits. Taking pieces saves joining them
 * for this alone. The function is passed in, since the runtime's own is several times faster than
 * one in JavaScript.
 */
export type Sha256 = (...pieces: readonly Bytes[]) => string;

/**
 * The store path of something of `type` (`source`, `text:<references>`, `output:out`, …) whose inner
 * hash is `innerHex`: Nix's makeStorePath. Throws `bad-store-path` when `name` cannot name a path.
 */
export function makeStorePath(
  sha256: Sha256,
  storeDir: StoreDir,
  type: string,
  innerHex: string,
  name: string,
): StorePath {
  const fingerprint = sha256(`${type}:sha256:${innerHex}:${storeDir}:${name}`);
  const hashPart = encodeNixBase32(compressHash(fingerprint, 20));
  return storePathFromParts(storeDir, hashPart, name);
}

/**
 * The path of a text with references, such as a `.drv` file (Nix's makeTextPath). `references` must
 * be sorted and without duplicates.
 */
export function makeTextPath(
  sha256: Sha256,
  storeDir: StoreDir,
  name: string,
  contentHex: string,
  references: readonly StorePath[],
): StorePath {
  const type = references.length === 0 ? 'text' : `text:${references.join(':')}`;
  return makeStorePath(sha256, storeDir, type, contentHex, name);
}

/** A digest folded to `length` bytes by XOR, as Nix shortens the hashes in path names. */
function compressHash(hex: string, length: number): Uint8Array {
  const folded = new Uint8Array(length);
  let target = 0;
  for (let at = 0; at * 2 < hex.length; at += 1) {
    folded[target] = (folded[target] ?? 0) ^ byteOfHex(hex, at);
    target = target + 1 === length ? 0 : target + 1;
  }
  return folded;
}

/** The bytes of a digest in lower-case hexadecimal. */
export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = byteOfHex(hex, at);
  }
  return bytes;
}

function byteOfHex(hex: string, at: number): number {
  return (digitOf(hex.charCodeAt(at * 2)) << 4) | digitOf(hex.charCodeAt(at * 2 + 1));
}

function digitOf(code: number): number {
  return digitValues[code] ?? 0;
}

/** Value of each hexadecimal digit, by its code. */
const digitValues: Uint8Array = new Uint8Array(128);
for (let value = 0; value < 16; value += 1) digitValues[value.toString(16).charCodeAt(0)] = value;
