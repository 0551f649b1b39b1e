import type { Sha256 } from '@dispatch/nix/make-store-path';
import type { DerivationNode } from '../derivation-node.ts';
import type { GroupKey } from './group.ts';

/** A member as its group's hashes take it: with everything in it but an id. */
export interface CombinedMember {
  readonly role: string;
  readonly node: DerivationNode;
}

/** The key of a combination: hashed as `groupIdOf` does, without a mark. */
export function groupKeyOf(members: readonly CombinedMember[], sha256: Sha256): GroupKey {
  return sha256(...combinationOf(members).map(lengthPrefixed));
}

/**
 * The value of `dispatchGroupId` for one attempt: SHA-256 in hexadecimal over the mark and, for
 * each output of each member, its role, name and path, sorted by these. Each text is preceded by
 * its length in bytes, as decimal digits, and a colon (DESIGN, rule 10).
 */
export function groupIdOf(
  mark: string,
  members: readonly CombinedMember[],
  sha256: Sha256,
): string {
  return sha256(...[mark, ...combinationOf(members)].map(lengthPrefixed));
}

function combinationOf(members: readonly CombinedMember[]): readonly string[] {
  const outputs = members.flatMap(({ role, node }) =>
    node.text.outputs.map(({ name, path }) => [role, name, path] as const),
  );
  return outputs.toSorted(compareTexts).flat();
}

function compareTexts(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((text, index) => text !== b[index]);
  if (at === -1) return 0;
  return (a[at] ?? '') < (b[at] ?? '') ? -1 : 1;
}

function lengthPrefixed(text: string): string {
  return `${text.length}:${text}`;
}
