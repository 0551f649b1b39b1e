import type { DeclaredMember, FoundMember } from './find-groups.ts';

/** Names the members of one join, and orders them by their names. */
export function withNames(members: readonly DeclaredMember[]): FoundMember[] {
  const counts = new Map<string, number>();
  for (const { role } of members) counts.set(role, (counts.get(role) ?? 0) + 1);
  const numbers = new Map<string, number>();
  return members.toSorted(byRoleAndDerivation).map((member) => {
    const number = (numbers.get(member.role) ?? 0) + 1;
    numbers.set(member.role, number);
    const isAlone = counts.get(member.role) === 1;
    return { ...member, name: isAlone ? member.role : `${member.role}.${number}` };
  });
}

/** The order must not depend on what else is in the graph. */
function byRoleAndDerivation(a: DeclaredMember, b: DeclaredMember): number {
  return (
    compare(a.role, b.role) ||
    compare(a.node.name, b.node.name) ||
    compare(a.node.path, b.node.path)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
