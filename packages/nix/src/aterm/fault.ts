import type { ByteString } from '../byte-string.ts';
import { NixFormatError } from '../errors.ts';

/** How many bytes of what was found an error message shows. */
export const shownBytes = 20;

/**
 * The error for a derivation that is not as Nix writes it: what was expected at a byte of the file,
 * and what stands there instead (`found` is empty where the text ends).
 */
export function badAterm(expected: string, found: ByteString, position: number): NixFormatError {
  const what = found === '' ? 'the text ends' : `found ${JSON.stringify(found)}`;
  const fault = `expected ${expected} at byte ${position}, but ${what}`;
  return new NixFormatError('bad-aterm', fault, { position });
}
