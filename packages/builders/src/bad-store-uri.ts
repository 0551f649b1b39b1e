import { BuildersError } from './errors.ts';

/** Percent-decodes a part of a URI. Throws `bad-store-uri`. */
export function decoded(uri: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw badUri(uri, 'it has a % that starts no character code', error);
  }
}

/** The error for a store URI that cannot be used; `what` says why. */
export function badUri(uri: string, what: string, cause?: unknown): BuildersError {
  return new BuildersError('bad-store-uri', `cannot use the store URI '${uri}': ${what}`, {
    builder: uri,
    cause,
  });
}
