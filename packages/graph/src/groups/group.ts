import type { StorePath } from '@dispatch/nix/store-path';

/**
 * Identifies the combination that a group tests, whichever attempt at it: SHA-256 in hexadecimal,
 * over the sorted (role, output name, output path) of all members as they are without an id.
 * Attempts are remembered under it.
 */
export type GroupKey = string;

/** One member of one group. A derivation in two groups is a member of each, under a path of its own. */
export interface MemberVariant {
  /** Its role, or `role.1`, `role.2`… where the role has several members. */
  readonly name: string;
  readonly role: string;
  /** The `.drv` path as Nix evaluated it, before serials and id. */
  readonly original: StorePath;
  /** The rewritten `.drv` path, with the group's id in it. */
  readonly path: StorePath;
}

/** Derivations that succeed or fail as one, as they are in a rewritten graph. */
export interface MarkedGroup {
  readonly key: GroupKey;
  /** The value of `dispatchGroupId` in its members: SHA-256 in hexadecimal over mark and combination. */
  readonly id: string;
  /** Tells the attempts of one combination apart. */
  readonly mark: string;
  /** `dispatchGroup` of its members. */
  readonly name: string;
  /**
   * Identifies the group in a run: the rewritten `.drv` path of its first member. Several joins may
   * join the same members, in one run or in two; to all of them it is one group.
   */
  readonly path: StorePath;
  /**
   * Rewritten `.drv` path of the derivation that depends on all members; the first, if several do.
   */
  readonly join: StorePath;
  /** Ordered by role, then by number. */
  readonly members: readonly MemberVariant[];
}

/** The mark of a combination's first attempt, the same everywhere; later ones are random. */
export const firstMark = 'first';
