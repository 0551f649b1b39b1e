import type { DerivationGraph } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import type { MarkedGroup } from '@dispatch/graph/groups/group';
import { type ChangeReason, rewriteGraph } from '@dispatch/graph/rewrite-graph';
import type { StorePath } from '@dispatch/nix/store-path';
import type { LookUp } from '../look-up/look-up-serials.ts';
import type { GivenGraph } from '../read/read-graph.ts';
import { nodeSha256 } from '../sha256.ts';

/** The derivations to build, and how they map to what was given and to what Nix evaluated. */
export interface RewrittenGraph {
  readonly given: DerivationGraph;
  readonly original: DerivationGraph;
  readonly rewritten: DerivationGraph;
  /** By original: what it became. Only what differs is in it. */
  readonly changes: ReadonlyMap<StorePath, DerivationNode>;
  /** By original: why it differs. */
  readonly reasons: ReadonlyMap<StorePath, ChangeReason>;
  /** Those that are built and count as one. */
  readonly groups: readonly MarkedGroup[];
  /** The original of a given path; itself unless it was rewritten before. */
  originalOf(given: StorePath): StorePath;
  /** The rewritten form of an original; itself unless it changed. */
  rewrittenOf(original: StorePath): StorePath;
  /** The original of a rewritten path. */
  originalOfRewritten(rewritten: StorePath): StorePath;
}

/** Puts the serials in and recomputes what follows from them. */
export function rewriteRoots(
  { given, original }: GivenGraph,
  lookUp: LookUp,
  variable: string,
): RewrittenGraph {
  const { graph, modulos, originals } = original;
  const rewriting = rewriteGraph(graph, modulos, lookUp.serials, variable, nodeSha256);
  const backwards = new Map<StorePath, StorePath>();
  for (const [before, after] of rewriting.changes) backwards.set(after.path, before);
  return {
    given,
    original: graph,
    rewritten: rewriting.graph,
    changes: rewriting.changes,
    reasons: rewriting.reasons,
    groups: [],
    originalOf: (path) => originals.get(path) ?? path,
    rewrittenOf: (path) => rewriting.changes.get(path)?.path ?? path,
    originalOfRewritten: (path) => backwards.get(path) ?? path,
  };
}
