import { timerMs } from '@dispatch/builders/time-limit';
import type { MarkedGroup, MemberVariant } from '@dispatch/graph/groups/group';
import type { BuilderName, GroupRequest, StepId, StepRequest } from '@dispatch/scheduler/event';
import { EngineError } from '../errors.ts';
import type { GreetedBuilder } from '../farm/farm-builder.ts';
import { untrustedForGroups } from './group-attempt.ts';
import {
  type GroupPolicies,
  type GroupPolicy,
  type HostRule,
  policyOf,
  rolePolicyOf,
} from './group-policy.ts';
import type { GroupWork } from './group-work.ts';
import { assertRoles } from './refused-groups.ts';

/** How groups are to be carried out, and where. */
export interface GroupTerms {
  readonly policies: GroupPolicies | undefined;
  readonly builders: readonly GreetedBuilder[];
  readonly isTrial: boolean;
}

/** The groups with the user's policies, and what the scheduler is asked for them. Throws `group-refused`. */
export function groupWorks(groups: readonly MarkedGroup[], terms: GroupTerms): GroupWork[] {
  return groups.map((marked) => {
    const policy = policyOf(terms.policies, marked.name);
    assertRoles(marked, policy);
    const request = groupRequest(marked, policy, terms.builders);
    return { marked, policy, request, isTrial: terms.isTrial };
  });
}

/** The requests of steps; those of members also take the resources that the policy gives for their role. */
export function withResources(
  requests: readonly StepRequest[],
  groups: readonly GroupWork[],
): readonly StepRequest[] {
  const taken = new Map<StepId, readonly string[]>();
  for (const { marked, policy } of groups)
    for (const { path, role } of marked.members)
      taken.set(path, rolePolicyOf(policy, role).resources);
  if (taken.size === 0) return requests;
  return requests.map((request) => {
    const resources = taken.get(request.id) ?? [];
    const requiredFeatures = [...new Set([...request.requiredFeatures, ...resources])];
    return resources.length === 0 ? request : { ...request, requiredFeatures };
  });
}

function groupRequest(
  { path, members }: MarkedGroup,
  policy: GroupPolicy,
  builders: readonly GreetedBuilder[],
): GroupRequest {
  const { queueSeconds } = policy;
  return {
    id: path,
    members: members.map((member) => ({
      step: member.path,
      builders: allowedFor(member, policy, builders),
    })),
    apart: hostSets(members, policy, 'distinct'),
    together: hostSets(members, policy, 'same'),
    queueMs: queueSeconds === undefined ? undefined : timerMs(queueSeconds),
  };
}

/**
 * The builders that a member may go to; undefined for any. One that does not trust us is never
 * among them; throws `group-refused` where that leaves none.
 */
function allowedFor(
  { role, name }: MemberVariant,
  policy: GroupPolicy,
  builders: readonly GreetedBuilder[],
): readonly BuilderName[] | undefined {
  const { builders: named, tags } = rolePolicyOf(policy, role);
  const hasStrangers = builders.some(({ isStranger }) => isStranger);
  if (named === undefined && tags === undefined && !hasStrangers) return undefined;
  const chosen = builders
    .filter(({ machine }) => named === undefined || named.includes(machine.uri))
    .filter(({ machine }) => (tags ?? []).every((tag) => machine.tags?.includes(tag)));
  const allowed = chosen.filter(({ isStranger }) => isStranger !== true);
  const [stranger] = chosen;
  if (stranger !== undefined && allowed.length === 0) {
    const text = `no machine for the member ${name}: ${untrustedForGroups(stranger.machine.uri)}`;
    throw new EngineError('group-refused', text);
  }
  return allowed.map(({ machine }) => machine.uri);
}

/** The sets of members that a rule applies to: all members, and those of each role. */
function hostSets(
  members: readonly MemberVariant[],
  policy: GroupPolicy,
  rule: HostRule,
): readonly (readonly StepId[])[] {
  const roles = [...new Set(members.map(({ role }) => role))];
  const sets = roles
    .filter((role) => rolePolicyOf(policy, role).hosts === rule)
    .map((role) => members.filter((member) => member.role === role));
  if (policy.hosts === rule) sets.push([...members]);
  return sets.filter((set) => set.length > 1).map((set) => set.map(({ path }) => path));
}
