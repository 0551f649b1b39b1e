import type { RecipeBytes } from '@dispatch/nix/aterm/recipe-bytes';
import type { Sha256 } from '@dispatch/nix/make-store-path';
import type { StorePath } from '@dispatch/nix/store-path';
import type { DerivationGraph } from './derivation-graph.ts';
import type { HashModulos } from './hash-modulos.ts';
import {
  carriedMarks,
  carriedSerial,
  mayConcernUs,
  removeVariable,
  structuredAttributesOf,
} from './serial-variable.ts';
import { transformGraph } from './transform-graph.ts';

/** The graph as Nix evaluated it, recovered from one that dispatch may have rewritten. */
export interface Unrewriting {
  readonly graph: DerivationGraph;
  readonly modulos: HashModulos;
  /** The original of each derivation that was given in a rewritten form. */
  readonly originals: ReadonlyMap<StorePath, StorePath>;
  /** The serials that were carried, by original: the highest of all forms that were given. */
  readonly carried: ReadonlyMap<StorePath, number>;
  /** All originals that declare anything about groups, and few others. */
  readonly groupCandidates: readonly StorePath[];
}

/**
 * Removes everything that dispatch adds to derivations, and recomputes what is above, so that a
 * rewritten closure maps back to what Nix evaluated without any ledger (DESIGN, rule 3).
 *
 * Throws `bad-variable` when a derivation has one of our variables with a value that is not ours.
 */
export function unrewriteGraph(
  graph: DerivationGraph,
  modulos: HashModulos,
  variable: string,
  sha256: Sha256,
): Unrewriting {
  const serials = new Map<StorePath, number>();
  const edits = new Map<StorePath, RecipeBytes>();
  const candidates: StorePath[] = [];
  for (const node of graph.nodes) {
    const json = structuredAttributesOf(node);
    if (!mayConcernUs(node, variable, json)) continue;
    candidates.push(node.path);
    const serial = carriedSerial(node, variable, json);
    if (serial !== undefined) serials.set(node.path, serial);
    const marks = carriedMarks(node, json);
    const ours = serial === undefined ? marks : [variable, ...marks];
    if (ours.length > 0) edits.set(node.path, ours.reduce(removeVariable, node.text.recipe));
  }
  const original = transformGraph(graph, modulos, edits, sha256);
  const originals = new Map([...original.changes].map(([given, node]) => [given, node.path]));
  const groupCandidates = new Set(candidates.map((given) => originals.get(given) ?? given));
  return {
    ...original,
    originals,
    carried: highestByOriginal(serials, originals),
    groupCandidates: [...groupCandidates],
  };
}

function highestByOriginal(
  serials: ReadonlyMap<StorePath, number>,
  originals: ReadonlyMap<StorePath, StorePath>,
): Map<StorePath, number> {
  const highest = new Map<StorePath, number>();
  for (const [given, serial] of serials) {
    const original = originals.get(given) ?? given;
    highest.set(original, Math.max(serial, highest.get(original) ?? 0));
  }
  return highest;
}
