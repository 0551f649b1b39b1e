import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { NixFormatError } from './errors.ts';
import { messageOf } from './message-of.ts';
import { decodeNixBase32, encodedLength, encodeNixBase32 } from './nixbase32.ts';

/** The hash functions that Nix names in derivations, content addresses and path infos. */
export type HashAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** A digest and the function that made it. Two are the same when both strings are. */
export interface Hash {
  readonly algorithm: HashAlgorithm;
  /** The digest in lower-case hexadecimal. */
  readonly hex: string;
}

/** `base16`, `nix32` and `base64` are printed behind `sha256:`, `sri` is `sha256-<base 64>`. */
export type HashForm = 'base16' | 'nix32' | 'base64' | 'sri';

const digestLengths: Readonly<Record<HashAlgorithm, number>> = {
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha512: 64,
};

/** Whether `text` names a hash function that Nix knows. */
export function isHashAlgorithm(text: string): text is HashAlgorithm {
  return Object.hasOwn(digestLengths, text);
}

/** A hash from a digest that was just computed. Throws `bad-hash` when its length is wrong. */
export function hashFromBytes(algorithm: HashAlgorithm, digest: Uint8Array): Hash {
  if (digest.length !== digestLengths[algorithm]) {
    const wanted = digestLengths[algorithm];
    throw badHash(`a digest of ${algorithm} has ${wanted} bytes, not ${digest.length}`);
  }
  return { algorithm, hex: bytesToHex(digest) };
}

/** The digest as bytes. */
export function digestBytes(hash: Hash): Uint8Array {
  return hexToBytes(hash.hex);
}

/**
 * Reads a hash as people and Nix write it: `sha256:` and base 16, Nix's base 32 or base 64 (told
 * apart by their lengths), `sha256-` and base 64 (SRI), or the digest alone where `algorithm` says
 * what it is. An algorithm in the text must be that one. Throws `bad-hash`.
 */
export function parseHash(text: string, algorithm?: HashAlgorithm): Hash {
  const mark = text.search(/[:-]/);
  if (mark === -1) {
    if (algorithm === undefined) throw badHash(`'${text}' does not say of which algorithm it is`);
    return { algorithm, hex: bytesToHex(parseDigest(algorithm, text)) };
  }
  const named = text.slice(0, mark);
  if (!isHashAlgorithm(named)) throw badHash(`'${text}' is of an unknown algorithm '${named}'`);
  if (algorithm !== undefined && named !== algorithm) {
    throw badHash(`'${text}' should be a hash of ${algorithm}`);
  }
  const digest = text.slice(mark + 1);
  if (text[mark] === ':') return { algorithm: named, hex: bytesToHex(parseDigest(named, digest)) };
  return { algorithm: named, hex: bytesToHex(parseBase64Digest(named, digest)) };
}

const printers: Readonly<Record<HashForm, (hash: Hash) => string>> = {
  base16: (hash) => `${hash.algorithm}:${hash.hex}`,
  nix32: (hash) => `${hash.algorithm}:${encodeNixBase32(digestBytes(hash))}`,
  base64: (hash) => `${hash.algorithm}:${encodeBase64(digestBytes(hash))}`,
  sri: (hash) => `${hash.algorithm}-${encodeBase64(digestBytes(hash))}`,
};

/** The hash with its algorithm, in the form asked for. */
export function printHash(hash: Hash, form: HashForm): string {
  return printers[form](hash);
}

function parseDigest(algorithm: HashAlgorithm, text: string): Uint8Array {
  const length = digestLengths[algorithm];
  if (text.length === 2 * length) return decodeBase16(text);
  if (text.length === encodedLength(length)) {
    return decoded(text, decodeNixBase32);
  }
  return parseBase64Digest(algorithm, text);
}

function parseBase64Digest(algorithm: HashAlgorithm, text: string): Uint8Array {
  const length = digestLengths[algorithm];
  if (text.length !== 4 * Math.ceil(length / 3)) {
    throw badHash(`'${text}' has the wrong length for a digest of ${algorithm}`);
  }
  const digest = decoded(text, decodeBase64);
  if (digest.length !== length) {
    throw badHash(`'${text}' is ${digest.length} bytes, a digest of ${algorithm} is ${length}`);
  }
  return digest;
}

function decodeBase16(text: string): Uint8Array {
  if (!/^[0-9a-fA-F]*$/.test(text)) throw badHash(`'${text}' is not hexadecimal`);
  return hexToBytes(text);
}

function decoded(text: string, decode: (text: string) => Uint8Array): Uint8Array {
  try {
    return decode(text);
  } catch (cause) {
    const reason = messageOf(cause);
    throw badHash(`'${text}' is not a digest: ${reason}`, cause);
  }
}

function badHash(message: string, cause?: unknown): NixFormatError {
  return new NixFormatError('bad-hash', message, { cause });
}
