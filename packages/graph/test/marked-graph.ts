import type { StorePath } from '@dispatch/nix/store-path';
import { findGroups } from '../src/groups/find-groups.ts';
import { type Marking, markGroups } from '../src/groups/mark-groups.ts';
import { type LoadedGraph, rewrite, unrewrite } from './loaded-graph.ts';
import { sha256 } from './node-sha256.ts';

/** The graph with serials in it, and its groups at the given marks. */
export function mark(
  loaded: LoadedGraph,
  serials: ReadonlyMap<StorePath, number> = new Map(),
  marks: ReadonlyMap<string, string> = new Map(),
): Marking {
  const original = unrewrite(loaded);
  const groups = findGroups(original.graph, original.groupCandidates);
  return markGroups(rewrite(original, serials), groups, marks, sha256);
}
