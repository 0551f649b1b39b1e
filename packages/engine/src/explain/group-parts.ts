import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { groupDeclaration } from '@dispatch/graph/groups/group-declaration';
import { groupVariable, variableValue } from '@dispatch/graph/serial-variable';
import type { StorePath } from '@dispatch/nix/store-path';
import { shortestChains } from './shortest-chains.ts';

/** A group whose id went into a derivation: it is a member, or depends on the group's join. */
export interface GroupPart {
  readonly name: string;
  /** Identifies one attempt at one combination of members: their `dispatchGroupId`. */
  readonly id: string;
  /** Names of derivations from the one explained down to the nearest member. */
  readonly chain: readonly string[];
}

/** What a member's expression says of it. */
export interface MemberPart {
  readonly group: string;
  readonly role: string;
}

/** The groups whose ids went into a derivation, its own or from below, nearest first; each once. */
export function groupParts(graph: DerivationGraph, path: StorePath): readonly GroupPart[] {
  const chains = shortestChains(graph, [path], hasId, () => true);
  const parts = new Map<string, GroupPart>();
  for (const chain of chains) {
    const member = chain.at(-1);
    const id = member === undefined ? undefined : variableValue(member, groupVariable);
    if (member === undefined || id === undefined || parts.has(id)) continue;
    const name = memberPart(member)?.group ?? '';
    parts.set(id, { name, id, chain: chain.map((node) => node.name) });
  }
  return [...parts.values()];
}

/** The group and role of a member; undefined for any other derivation. */
export function memberPart(node: DerivationNode): MemberPart | undefined {
  const declaration = groupDeclaration(node);
  if (declaration?.kind !== 'member') return undefined;
  const { group, role } = declaration.member;
  return { group, role };
}

function hasId(node: DerivationNode): boolean {
  return variableValue(node, groupVariable) !== undefined;
}
