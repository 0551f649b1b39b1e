import { hexToBytes } from '@noble/hashes/utils.js';
import type { ByteString } from './byte-string.ts';
import { encodeNixBase32 } from './nixbase32.ts';
import { type StoreDir, type StorePath, storePathFromParts } from './store-path.ts';

/**
 * SHA-256 of a byte string as 64 lower-case hexadecimal digits. It is handed in, since the runtime's
 * own is several times faster than one in JavaScript.
 */
export type Sha256 = (data: ByteString) => string;

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
  const hashPart = encodeNixBase32(compressHash(hexToBytes(fingerprint), 20));
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

/** A digest folded to `length` bytes by XOR, as Nix shortens those that go into names. */
export function compressHash(digest: Uint8Array, length: number): Uint8Array {
  const folded = new Uint8Array(length);
  for (const [at, byte] of digest.entries()) {
    folded[at % length] = (folded[at % length] ?? 0) ^ byte;
  }
  return folded;
}
