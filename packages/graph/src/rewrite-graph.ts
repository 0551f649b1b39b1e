import type { RecipeBytes } from '@dispatch/nix/aterm/recipe-bytes';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';
import type { DerivationNode } from './derivation-node.ts';
import { GraphError } from './errors.ts';
import type { HashModulos } from './hash-modulos.ts';
import { addVariable, maximumSerial } from './serial-variable.ts';
import { transformGraph } from './transform-graph.ts';

/** Why a derivation is another than Nix evaluated. All paths are originals. */
export type ChangeReason =
  | { readonly poisoned: number }
  | { readonly downstreamOf: readonly StorePath[] };

/** A graph with serials in it, and how it maps to the original. */
export interface Rewriting {
  readonly graph: DerivationGraph;
  readonly modulos: HashModulos;
  /** What each changed original became. */
  readonly changes: ReadonlyMap<StorePath, DerivationNode>;
  /** Why, for each of the changed. */
  readonly reasons: ReadonlyMap<StorePath, ChangeReason>;
}

/**
 * Puts serials into an original graph and recomputes every path above, as Nix would have computed it
 * with the variable in the expression (DESIGN, rules 2 and 4 to 7).
 *
 * `serials` has the effective serial of originals, all greater than zero; entries for what is not in
 * the graph are passed over. Throws `cannot-poison` for fixed-output and impure derivations.
 */
export function rewriteGraph(
  graph: DerivationGraph,
  modulos: HashModulos,
  serials: ReadonlyMap<StorePath, number>,
  variable: string,
  sha256: Sha256,
): Rewriting {
  const edits = new Map<StorePath, RecipeBytes>();
  for (const [path, serial] of serials) {
    const node = graph.get(path);
    if (node === undefined) continue;
    assertPoisonable(node);
    assertSerial(path, serial);
    edits.set(path, addVariable(node, variable, String(serial)));
  }
  const rewritten = transformGraph(graph, modulos, edits, sha256);
  return { ...rewritten, reasons: reasonsOf(graph, serials) };
}

/** Throws `cannot-poison`, with the reason, for a derivation that a serial would not help. */
export function assertPoisonable(node: Pick<DerivationNode, 'path' | 'kind'>): void {
  if (node.kind === 'fixed') {
    throw new GraphError(
      'cannot-poison',
      `${node.path} is fixed-output: its path hangs on the declared hash and the name alone, so a ` +
        'serial would change nothing. If its content is wrong, the hash is: change it there',
      node.path,
    );
  }
  if (node.kind === 'impure') {
    throw new GraphError(
      'cannot-poison',
      `${node.path} is impure: Nix never reuses its result, so there is nothing to poison`,
      node.path,
    );
  }
}

function assertSerial(path: StorePath, serial: number): void {
  if (!Number.isInteger(serial) || serial < 1 || serial > maximumSerial) {
    throw new GraphError('bad-serial', `${path}: the serial ${serial} is not from 1 to 2^31`, path);
  }
}

const nothing: readonly StorePath[] = [];

/** Each changed derivation with the poisoned ones at or below it, in the order of the graph. */
function reasonsOf(
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
