import type { ByteString } from './byte-string.ts';
import { NixFormatError } from './errors.ts';

/**
 * The place after the string of JSON text that begins at `start`. Throws `bad-json` where no string
 * begins, or where it has no end.
 */
export function jsonStringEnd(json: ByteString, start: number): number {
  if (json[start] !== '"') throw badJson("'\"'", start);
  for (let at = start + 1; at < json.length; at += 1) {
    if (json[at] === '\\') at += 1;
    else if (json[at] === '"') return at + 1;
  }
  throw badJson('the end of a string', json.length);
}

/**
 * The decoded key whose quotes are at `start` and just before `end`: Nix sorts by its bytes. Throws
 * `bad-json`.
 */
export function decodeJsonKey(json: ByteString, start: number, end: number): ByteString {
  try {
    return String(JSON.parse(json.slice(start, end)));
  } catch (cause) {
    throw badJson('a key', start, cause);
  }
}

/** The error for structured attributes that are not as Nix prints them. */
export function badJson(expected: string, position: number, cause?: unknown): NixFormatError {
  const message = `__json: expected ${expected} at byte ${position}`;
  return new NixFormatError('bad-json', message, { position, cause });
}
