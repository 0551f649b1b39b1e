import type { StorePath } from '@dispatch/nix/store-path';
import { buildRequirements } from '../build-requirements.ts';
import type { DerivationGraph } from '../derivation-graph.ts';
import { type DerivationNode, inputPaths } from '../derivation-node.ts';
import type { GraphError } from '../errors.ts';
import { defaultSerialVariable, mayConcernUs, structuredAttributesOf } from '../serial-variable.ts';
import { outputPathsOf } from '../shared-serials.ts';
import { badGroup } from './bad-group.ts';
import type { DeclaredMember, FoundGroup, FoundMember } from './find-groups.ts';
import { type GroupDeclaration, groupDeclaration } from './group-declaration.ts';

/** The system feature that a machine must have so that members are built there. */
export const groupFeature = 'dispatch-group';

/**
 * Throws unless `node`, which depends on a member, is a join of that member's group and uses its
 * outputs: an output of a member counts only when all others succeeded too, and nothing but the
 * join could know that.
 */
export function assertMayDependOn(
  node: DerivationNode,
  declaration: GroupDeclaration | undefined,
  { node: { path }, group }: DeclaredMember,
): void {
  const isJoin = declaration?.kind === 'join' && declaration.group === group;
  if (isJoin && node.text.inputDrvs.some((input) => input.path === path)) return;
  const isSister = declaration?.kind === 'member' && declaration.member.group === group;
  const remedy = isJoin
    ? `use its outputs, not its .drv file alone`
    : isSister
      ? 'members of one group run at the same time, so none can have what another makes. Put what ' +
        'both need into a derivation below them'
      : `only a derivation with dispatchJoin = "${group}" may. Depend on that one, and let it hand ` +
        'on what is needed of its members';
  throw badGroup(node.path, `depends on ${path}, a member of the group '${group}': ${remedy}`);
}

/** Throws unless a join has as many members as they say, and each of them can be a member. */
export function assertWhole({ name, join, members }: FoundGroup): void {
  if (join.kind === 'fixed') {
    throw badGroup(
      join.path,
      `joins the group '${name}' and is fixed-output, so its path would stay whatever its members ` +
        'are, and they would never be tested again: drop its outputHash',
    );
  }
  for (const member of members) assertMember(member);
  assertSize(name, join, members);
  assertDistinct(join, members);
}

function assertSize(name: string, join: DerivationNode, members: readonly FoundMember[]): void {
  const count = members.length;
  if (count === 0) {
    throw badGroup(
      join.path,
      `joins the group '${name}', and none of its direct inputs has dispatchGroup = "${name}": make ` +
        'it use the outputs of all members',
    );
  }
  const listed = members.map((one) => `${one.name} (${one.node.path}, of ${one.size})`).join(', ');
  if (new Set(members.map(({ size }) => size)).size > 1) {
    throw badGroup(
      join.path,
      `joins members that do not agree how many the group '${name}' has: ${listed}. Give all of ` +
        'them the same dispatchGroupSize',
    );
  }
  const size = members[0]?.size ?? count;
  if (size === count) return;
  const what = count < size ? `${size - count} missing` : `${count - size} too many`;
  throw badGroup(
    join.path,
    `joins ${count} of the ${size} members that the group '${name}' has, ${what}; it joins ${listed}. Let it ` +
      `use the outputs of all, or set their dispatchGroupSize to ${count}`,
  );
}

/** Throws for two members that differ only in how a source is fetched: both would make one path. */
function assertDistinct(join: DerivationNode, members: readonly FoundMember[]): void {
  const makers = new Map<StorePath, FoundMember>();
  for (const member of members) {
    for (const output of outputPathsOf(member.node)) {
      const other = makers.get(output);
      makers.set(output, member);
      if (other === undefined) continue;
      throw badGroup(
        join.path,
        `joins ${other.node.path} and ${member.node.path}, which make the same ${output}: give one of ` +
          'them another role or another variable, so that they differ',
      );
    }
  }
}

function assertMember({ node, group }: FoundMember): void {
  const fault = node.isDynamic ? unfit.dynamic : unfit[node.kind];
  if (fault !== undefined) throw cannotBe(node, group, fault);
  if (buildRequirements(node).features.includes(groupFeature)) return;
  throw badGroup(
    node.path,
    `is a member of the group '${group}' without asking for a machine that can take part: add ` +
      `requiredSystemFeatures = [ "${groupFeature}" ]`,
  );
}

function cannotBe({ path }: DerivationNode, group: string, fault: string): GraphError {
  return badGroup(path, `cannot be a member of the group '${group}': ${fault}`);
}

/** Why members must be input-addressed, and what to write instead. */
const unfit: Readonly<Record<DerivationNode['kind'] | 'dynamic', string | undefined>> = {
  'input-addressed': undefined,
  fixed:
    'it is fixed-output, so its path would stay whatever the others are. Drop outputHash; if that ' +
    'was there for the network, set __noChroot = true, and sandbox = relaxed on the machines',
  floating:
    'it is content-addressed, so its path is not known before it is built. Drop __contentAddressed',
  deferred:
    'it depends on something content-addressed or impure, so its path is not known before that is ' +
    'built. Make what it depends on input-addressed: drop __contentAddressed or __impure there',
  impure:
    'it is impure, so Nix never keeps its result. Drop __impure; if that was there for the network, ' +
    'set __noChroot = true, and sandbox = relaxed on the machines',
  dynamic: 'it depends on derivations that are themselves built. Instantiate these beforehand',
};

/**
 * Throws if a member depends on another member of its group, also by way of another join that has
 * that one as a member. Only members of several joins can do so; nothing but a join may depend on a
 * member.
 */
export function assertApart(graph: DerivationGraph, groups: readonly FoundGroup[]): void {
  const joinsOf = new Map<StorePath, Set<StorePath>>();
  for (const { join, members } of groups) {
    for (const { node } of members) {
      joinsOf.set(node.path, (joinsOf.get(node.path) ?? new Set()).add(join.path));
    }
  }
  for (const group of groups) {
    const shared = group.members.filter(({ node }) => (joinsOf.get(node.path)?.size ?? 0) > 1);
    if (shared.length === 0) continue;
    for (const upper of group.members) {
      const below = closureBelow(graph, upper.node);
      for (const lower of shared) {
        const way = [...(joinsOf.get(lower.node.path) ?? [])].find((join) => below.has(join));
        if (way === undefined) continue;
        throw badGroup(
          upper.node.path,
          `stands on ${lower.node.path} by way of ${way}, and both are members of the group ` +
            `'${group.name}' that ${group.join.path} joins: members must not depend on each other`,
        );
      }
    }
  }
}

function closureBelow(graph: DerivationGraph, node: DerivationNode): ReadonlySet<StorePath> {
  const below = new Set(inputPaths(node));
  // The set grows while it is walked.
  for (const path of below) {
    const found = graph.get(path);
    if (found !== undefined) for (const input of inputPaths(found)) below.add(input);
  }
  return below;
}

/**
 * Throws for a derivation that is asked for by itself although it is a member: its result alone
 * would not have been tested together with the others.
 */
export function assertNoMember(node: DerivationNode): void {
  if (!mayConcernUs(node, defaultSerialVariable, structuredAttributesOf(node))) return;
  const declaration = groupDeclaration(node);
  if (declaration?.kind !== 'member') return;
  const { group } = declaration.member;
  throw badGroup(
    node.path,
    `is a member of the group '${group}' and counts only together with the others: name the ` +
      `derivation that joins them, which has dispatchJoin = "${group}"`,
  );
}
