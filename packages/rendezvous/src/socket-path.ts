import { hashPart, type StorePath } from '@dispatch/nix/store-path';

/** The folder that a builder lends to its sandboxes, by `extra-sandbox-paths = /run/dispatch?`. */
export const rendezvousFolder = '/run/dispatch';

/**
 * Where a member finds its own socket: named by the hash part of its first output, which it knows
 * as `$out` and which no other attempt shares.
 */
export function rendezvousSocket(out: StorePath): string {
  return `${rendezvousFolder}/${hashPart(out)}`;
}
