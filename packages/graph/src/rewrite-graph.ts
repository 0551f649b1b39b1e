import type { RecipeBytes } from '@dispatch/nix/aterm/recipe-bytes';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';
import type { DerivationNode } from './derivation-node.ts';
import { GraphError } from './errors.ts';
import type { HashModulos } from './hash-modulos.ts';
import { addVariable, maximumSerial } from './serial-variable.ts';
import { transformGraph } from './transform-graph.ts';

/** A graph with serials in it, and how it maps to the original. */
export interface Rewriting {
  readonly graph: DerivationGraph;
  readonly modulos: HashModulos;
  /** What each changed original became. */
  readonly changes: ReadonlyMap<StorePath, DerivationNode>;
}

/**
 * Puts serials into an original graph and recomputes every path above them, as Nix would have
 * computed it with the variable in the expression (DESIGN, rules 2 and 4 to 7).
 *
 * `serials` has the effective serials of originals, all greater than zero; entries for derivations
 * that are not in the graph are skipped. Throws `cannot-poison` for fixed-output and impure
 * derivations, and `bad-serial`.
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
  return transformGraph(graph, modulos, edits, sha256);
}

/** Throws `cannot-poison`, with the reason, for a derivation for which a serial is of no use. */
export function assertPoisonable(node: Pick<DerivationNode, 'path' | 'kind'>): void {
  if (node.kind === 'fixed') {
    throw new GraphError(
      'cannot-poison',
      `${node.path} is fixed-output: its path depends on the declared hash and the name alone, so a ` +
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
