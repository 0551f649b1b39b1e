import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from '../derivation-graph.ts';
import type { DerivationNode } from '../derivation-node.ts';
import {
  type GroupDeclaration,
  groupDeclaration,
  type MemberDeclaration,
} from './group-declaration.ts';
import { assertApart, assertMayDependOn, assertWhole } from './group-rules.ts';
import { withNames } from './member-names.ts';

/** A derivation with what it declares of itself as a member. */
export interface DeclaredMember extends MemberDeclaration {
  readonly node: DerivationNode;
}

/** A member before it has an id. */
export interface FoundMember extends DeclaredMember {
  /** Its role, or `role.1`, `role.2`… where the role has several members. */
  readonly name: string;
}

/** A join with its members. */
export interface FoundGroup {
  readonly name: string;
  readonly join: DerivationNode;
  /** Ordered by role, then by number. */
  readonly members: readonly FoundMember[];
}

/**
 * The groups of an original graph, each after the groups that it depends on. `candidates` are the
 * paths of all derivations that may declare anything about groups.
 *
 * Throws `bad-group` for every fault of a group that the graph alone shows. A member on which
 * nothing depends, since it was asked for itself, belongs to no group here.
 */
export function findGroups(
  graph: DerivationGraph,
  candidates: readonly StorePath[],
): readonly FoundGroup[] {
  const declarations = declarationsOf(graph, candidates);
  if (declarations.size === 0) return [];
  const groups: FoundGroup[] = [];
  for (const [place, node] of graph.nodes.entries()) {
    const members = membersAmong(graph, graph.inputsAt(place), declarations);
    const declaration = declarations.get(node.path);
    for (const member of members) assertMayDependOn(node, declaration, member);
    if (declaration?.kind !== 'join') continue;
    const group = { name: declaration.group, join: node, members: withNames(members) };
    assertWhole(group);
    groups.push(group);
  }
  assertApart(graph, groups);
  return groups;
}

function declarationsOf(
  graph: DerivationGraph,
  candidates: readonly StorePath[],
): ReadonlyMap<StorePath, GroupDeclaration> {
  const declarations = new Map<StorePath, GroupDeclaration>();
  for (const path of candidates) {
    const node = graph.get(path);
    const declaration = node === undefined ? undefined : groupDeclaration(node);
    if (declaration !== undefined) declarations.set(path, declaration);
  }
  return declarations;
}

function membersAmong(
  graph: DerivationGraph,
  places: readonly number[],
  declarations: ReadonlyMap<StorePath, GroupDeclaration>,
): DeclaredMember[] {
  const members: DeclaredMember[] = [];
  // A derivation that is also a source is in the list twice.
  for (const place of new Set(places)) {
    const node = graph.nodes[place];
    const declaration = node === undefined ? undefined : declarations.get(node.path);
    if (node !== undefined && declaration?.kind === 'member') {
      members.push({ node, ...declaration.member });
    }
  }
  return members;
}
