import { hashPart, type StorePath } from '@dispatch/nix/store-path';

/** The folder that a builder lends to its sandboxes, by `extra-sandbox-paths = /run/dispatch?`. */
export const rendezvousFolder = '/run/dispatch';

/**
 * The socket of a member, named by the hash part of its first output, which the member knows as
 * `$out` and which no other attempt shares.
 */
export function rendezvousSocket(out: StorePath): string {
  return `${rendezvousFolder}/${hashPart(out)}`;
}
