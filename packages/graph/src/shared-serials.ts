import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';
import type { DerivationNode } from './derivation-node.ts';

/**
 * The serials of the derivations in `graph` that are among `named` or share an output path with one
 * of them: two derivations that differ only in how a source is fetched have one result, so poison
 * must follow the result (DESIGN, rule 1). Of several serials the highest counts.
 *
 * `named` are derivations with their serials; they need not be in the graph themselves.
 */
export function shareSerials(
  graph: DerivationGraph,
  named: Iterable<readonly [node: DerivationNode, serial: number]>,
): Map<StorePath, number> {
  const byIdentity = new Map<string, number>();
  const raise = (identity: string, serial: number): void => {
    byIdentity.set(identity, Math.max(serial, byIdentity.get(identity) ?? 0));
  };
  for (const [node, serial] of named) {
    for (const identity of identitiesOf(node)) raise(identity, serial);
  }
  const serials = new Map<StorePath, number>();
  if (byIdentity.size === 0) return serials;
  for (const node of graph.nodes) {
    let highest = byIdentity.get(node.path) ?? 0;
    for (const { path } of node.text.outputs)
      highest = Math.max(highest, byIdentity.get(path) ?? 0);
    if (highest > 0) serials.set(node.path, highest);
  }
  return serials;
}

/** The paths by which a derivation is known: its own, and those of its outputs that have one. */
export function identitiesOf(node: DerivationNode): string[] {
  return [node.path, ...outputPathsOf(node)];
}

/** The output paths that are known before the build. */
export function outputPathsOf(node: Pick<DerivationNode, 'text'>): StorePath[] {
  const paths = node.text.outputs.map((output) => output.path).filter((path) => path !== '');
  return paths as StorePath[];
}
