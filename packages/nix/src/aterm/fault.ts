import type { ByteString } from '../byte-string.ts';
import { NixFormatError } from '../errors.ts';

/** Bytes that a message shows of what was found. */
export const shownBytes = 20;

/**
 * The error for a derivation that is not as Nix writes it: what had to stand at a byte of the file,
 * and what does (`found` is empty where the text ends).
 */
export function badAterm(expected: string, found: ByteString, position: number): NixFormatError {
  const what = found === '' ? 'the text ends' : `found ${JSON.stringify(found)}`;
  const fault = `expected ${expected} at byte ${position}, but ${what}`;
  return new NixFormatError('bad-aterm', fault, { position });
}
