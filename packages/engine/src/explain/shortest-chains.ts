import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { type DerivationNode, inputPaths } from '@dispatch/graph/derivation-node';
import type { StorePath } from '@dispatch/nix/store-path';

/** A way down through a graph: each derivation needs the next. */
export type Chain = readonly DerivationNode[];

/**
 * For each derivation that is looked for, one of the shortest ways to it from a root, nearest
 * first. `passes` says below which derivations to look.
 */
export function shortestChains(
  graph: DerivationGraph,
  roots: Iterable<StorePath>,
  isLookedFor: (node: DerivationNode) => boolean,
  passes: (node: DerivationNode) => boolean,
): Chain[] {
  const above = new Map<StorePath, DerivationNode | undefined>();
  for (const root of roots) above.set(root, undefined);
  const chains: Chain[] = [];
  // The map grows while it is walked: nearest first.
  for (const path of above.keys()) {
    const node = graph.get(path);
    if (node === undefined) continue;
    if (isLookedFor(node)) chains.push(chainTo(node, above));
    if (!passes(node)) continue;
    for (const input of inputPaths(node)) if (!above.has(input)) above.set(input, node);
  }
  return chains;
}

function chainTo(
  last: DerivationNode,
  above: ReadonlyMap<StorePath, DerivationNode | undefined>,
): Chain {
  const chain: DerivationNode[] = [];
  for (let at: DerivationNode | undefined = last; at !== undefined; at = above.get(at.path)) {
    chain.push(at);
  }
  return chain.toReversed();
}
