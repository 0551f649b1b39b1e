/** Whether members may share a machine, must not, or must. */
export type HostRule = 'any' | 'distinct' | 'same';

/** What is asked of the members of one role. None of it is part of a derivation's hash. */
export interface RolePolicy {
  /** How many members it must have; undefined for as many as the join names. */
  readonly count?: number | undefined;
  /** The group is complete without it. */
  readonly optional: boolean;
  /** Only on these machines, by URI; undefined for any. */
  readonly builders?: readonly string[] | undefined;
  /** Only on machines that have all of these tags. */
  readonly tags?: readonly string[] | undefined;
  /** Whether the members of this role may share a machine. */
  readonly hosts: HostRule;
  /** Each member takes one unit of each of these while it runs: boards, licences. */
  readonly resources: readonly string[];
}

/** How the groups of one name are carried out. Times are in seconds; undefined is no limit. */
export interface GroupPolicy {
  /** By role; a role that is not here has `usualRolePolicy`. */
  readonly roles: Readonly<Record<string, RolePolicy>>;
  /** Whether any members of the group may share a machine. */
  readonly hosts: HostRule;
  /** How long it may wait for all its places once its inputs exist. */
  readonly queueSeconds?: number | undefined;
  /** How long bringing the inputs to all machines may take. */
  readonly assembleSeconds?: number | undefined;
  /** How long members may wait for each other at a barrier. */
  readonly barrierSeconds: number;
  /** How long the members may run, from their common start. */
  readonly runSeconds?: number | undefined;
  /** How long members may go on once one of them failed, to put their hardware in order. */
  readonly graceSeconds: number;
  /** How often it is tried again after a fault of the machines; a failed test never is. */
  readonly retries: number;
}

/** By group name. */
export type GroupPolicies = Readonly<Record<string, GroupPolicy>>;

export const usualRolePolicy: RolePolicy = { optional: false, hosts: 'any', resources: [] };

export const usualGroupPolicy: GroupPolicy = {
  roles: {},
  hosts: 'any',
  barrierSeconds: 120,
  graceSeconds: 10,
  retries: 1,
};

/** The policy of the groups of a name; a name such as `constructor`, which every object has, is safe. */
export function policyOf(policies: GroupPolicies | undefined, group: string): GroupPolicy {
  if (policies === undefined || !Object.hasOwn(policies, group)) return usualGroupPolicy;
  return policies[group] ?? usualGroupPolicy;
}

/** The policy of the members of a role. */
export function rolePolicyOf({ roles }: GroupPolicy, role: string): RolePolicy {
  return (Object.hasOwn(roles, role) ? roles[role] : undefined) ?? usualRolePolicy;
}
