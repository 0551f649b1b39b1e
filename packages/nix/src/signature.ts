import { decodeBase64, encodeBase64 } from './base64.ts';
import { type ByteString, bytesOf } from './byte-string.ts';
import { NixFormatError } from './errors.ts';
import { parseHash, printHash } from './hash.ts';
import type { ValidPathInfo } from './path-info.ts';

/** The two ed25519 functions that are needed; passed in, since runtimes bring their own. */
export interface Ed25519 {
  /** The 64 bytes of signature, from the 32 bytes of seed. */
  sign(message: Uint8Array, seed: Uint8Array): Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
}

/** A key under the name by which `trusted-public-keys` knows it. */
export interface PublicKey {
  readonly name: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/** A key to sign with. Never print it. */
export interface SecretKey {
  readonly name: string;
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** A signature and the name of the key that made it. */
export interface Signature {
  readonly keyName: string;
  /** 64 bytes. */
  readonly bytes: Uint8Array;
}

const keyLength = 32;
const signatureLength = 64;

/**
 * The text that is signed for a path: the path, the hash and size of its NAR, and its references,
 * but not who built it or when. Throws `bad-path-info` when the NAR size is not known.
 */
export function pathFingerprint(
  info: Pick<ValidPathInfo, 'path' | 'narHash' | 'narSize' | 'references'>,
): ByteString {
  if (!Number.isSafeInteger(info.narSize) || info.narSize <= 0) {
    throw new NixFormatError('bad-path-info', `the NAR size of '${info.path}' is not known`);
  }
  const narHash = printHash(parseHash(info.narHash, 'sha256'), 'nix32');
  const references = [...new Set<string>(info.references)].toSorted();
  return `1;${info.path};${narHash};${info.narSize};${references.join(',')}`;
}

/** Reads `name:base64`, the form of `trusted-public-keys` and key files. Throws `bad-signature`. */
export function parsePublicKey(text: string): PublicKey {
  const { name, bytes } = parseNamed(text.trim(), keyLength, 'public key');
  return { name, bytes };
}

/** Prints the form that `parsePublicKey` reads. */
export function printPublicKey(key: PublicKey): string {
  return `${key.name}:${encodeBase64(key.bytes)}`;
}

/** Reads the text of a secret key file. Throws `bad-signature`, quoting none of the text. */
export function parseSecretKey(text: string): SecretKey {
  const { name, bytes } = parseNamed(text.trim(), 2 * keyLength, 'secret key');
  return { name, seed: bytes.slice(0, keyLength), publicKey: bytes.slice(keyLength) };
}

/** The public half of a secret key, to be given to others. */
export function publicKeyOf(key: SecretKey): PublicKey {
  return { name: key.name, bytes: key.publicKey };
}

/** Reads `name:base64`, as path infos hold it. Throws `bad-signature`. */
export function parseSignature(text: string): Signature {
  const { name, bytes } = parseNamed(text, signatureLength, 'signature');
  return { keyName: name, bytes };
}

/** Prints the form that `parseSignature` reads. */
export function printSignature(signature: Signature): string {
  return `${signature.keyName}:${encodeBase64(signature.bytes)}`;
}

/** Signs a fingerprint: that of a path, or of anything else that has one. */
export function sign(ed25519: Ed25519, key: SecretKey, fingerprint: ByteString): Signature {
  return { keyName: key.name, bytes: ed25519.sign(bytesOf(fingerprint), key.seed) };
}

/**
 * Whether one of `keys` made the signature. Only a key of the signature's own name is tried; when
 * several have it, as during a change of keys, any of them counts.
 */
export function isSignedBy(
  ed25519: Ed25519,
  keys: readonly PublicKey[],
  fingerprint: ByteString,
  signature: Signature,
): boolean {
  const message = bytesOf(fingerprint);
  return keys.some(
    (key) => key.name === signature.keyName && ed25519.verify(message, signature.bytes, key.bytes),
  );
}

function parseNamed(
  text: string,
  length: number,
  what: string,
): { name: string; bytes: Uint8Array } {
  const mark = text.indexOf(':');
  if (mark <= 0) throw badSignature(`a ${what} has the form 'name:base64'`);
  const bytes = decodeNamed(text.slice(mark + 1), what);
  if (bytes.length !== length) {
    throw badSignature(`a ${what} has ${length} bytes, not ${bytes.length}`);
  }
  return { name: text.slice(0, mark), bytes };
}

/** The cause is not kept: it would quote a part of what may be a secret. */
function decodeNamed(base64: string, what: string): Uint8Array {
  try {
    return decodeBase64(base64);
  } catch {
    throw badSignature(`what follows the name in a ${what} is not base 64`);
  }
}

function badSignature(message: string): NixFormatError {
  return new NixFormatError('bad-signature', message);
}
