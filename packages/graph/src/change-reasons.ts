import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';

/** Why a derivation is another than Nix evaluated. All paths are originals. */
export type ChangeReason =
  | { readonly poisoned: number }
  | { readonly downstreamOf: readonly StorePath[] };

/**
 * Each derivation of an original graph that serials change, with the poisoned ones at or below it, in
 * the order of the graph. Apart from the rewriting, since with many poisoned this costs more than that,
 * and a build has no use for it.
 */
export function changeReasons(
  graph: DerivationGraph,
  serials: ReadonlyMap<StorePath, number>,
): Map<StorePath, ChangeReason> {
  const reasons = new Map<StorePath, ChangeReason>();
  const causes: (readonly StorePath[])[] = [];
  for (const [place, node] of graph.nodes.entries()) {
    const below = unionOfCauses(graph.inputsAt(place), causes);
    const serial = serials.get(node.path);
    causes.push(serial === undefined ? below : [...below, node.path]);
    if (serial !== undefined) reasons.set(node.path, { poisoned: serial });
    else if (below.length > 0) reasons.set(node.path, { downstreamOf: below });
  }
  return reasons;
}

const nothing: readonly StorePath[] = [];

/** Most derivations of a graph have the same causes, and share one list of them. */
function unionOfCauses(
  places: readonly number[],
  causes: readonly (readonly StorePath[])[],
): readonly StorePath[] {
  let union = nothing;
  for (const place of places) {
    const more = causes[place] ?? nothing;
    if (more !== union && more.length > 0) union = union.length === 0 ? more : joined(union, more);
  }
  return union;
}

function joined(a: readonly StorePath[], b: readonly StorePath[]): readonly StorePath[] {
  const [longer, shorter] = a.length < b.length ? [b, a] : [a, b];
  const all = new Set([...longer, ...shorter]);
  return all.size === longer.length ? longer : [...all];
}
