import type { MarkedGroup } from '@dispatch/graph/groups/group';
import { EngineError } from '../errors.ts';
import type { GroupPolicy, RolePolicy } from './group-policy.ts';

/** Throws `group-refused` where a group's members are not those that its policy asks for. */
export function assertRoles(group: MarkedGroup, policy: GroupPolicy): void {
  for (const [role, rule] of Object.entries(policy.roles)) {
    const count = group.members.filter((member) => member.role === role).length;
    const fault = faultOfCount(count, rule);
    if (fault !== undefined) throw refusedRole(group, role, fault);
  }
}

function faultOfCount(count: number, { count: wanted, optional }: RolePolicy): string | undefined {
  if (count === 0 && optional) return undefined;
  if (wanted !== undefined && count !== wanted) return `${wanted}, and it has ${count}`;
  return count === 0 && wanted === undefined ? 'at least one, and it has none' : undefined;
}

function refusedRole({ name, join }: MarkedGroup, role: string, fault: string): EngineError {
  return new EngineError(
    'group-refused',
    `the group '${name}' of ${join} is not built: of the role '${role}' its policy wants ${fault}; ` +
      `change the members, or count or optional of groups.${name}.roles.${role}`,
  );
}
