import { DerivationGraph } from '@dispatch/graph/derivation-graph';
import { type DerivationNode, inputPaths, readNode } from '@dispatch/graph/derivation-node';
import { type Unrewriting, unrewriteGraph } from '@dispatch/graph/unrewrite-graph';
import { verifyPaths } from '@dispatch/graph/verify-paths';
import type { KnownInputs } from '@dispatch/nix/aterm/derivation-text';
import type { StorePath } from '@dispatch/nix/store-path';
import { nodeSha256 } from '../sha256.ts';
import type { DerivationSource } from './derivation-source.ts';

/**
 * The graph that a run was given, and the one that Nix evaluated: the same unless dispatch has
 * rewritten a root.
 */
export interface GivenGraph {
  readonly given: DerivationGraph;
  readonly original: Unrewriting;
}

/**
 * Reads everything that the roots need, checks that every path is what its content hashes to, and
 * takes out what dispatch put in before.
 */
export async function readGraph(
  roots: readonly StorePath[],
  source: DerivationSource,
  variable: string,
): Promise<GivenGraph> {
  return evaluatedGraph(await readClosure(roots, source), roots, variable);
}

/** The same for derivations that were read before. */
export function evaluatedGraph(
  nodes: readonly DerivationNode[],
  roots: readonly StorePath[],
  variable: string,
): GivenGraph {
  const given = DerivationGraph.closure(nodes, roots);
  const modulos = verifyPaths(given, nodeSha256);
  return { given, original: unrewriteGraph(given, modulos, variable, nodeSha256) };
}

/** Reads the roots and all below them, level by level, so that a slow source is asked for many at a time. */
export async function readClosure(
  roots: readonly StorePath[],
  source: DerivationSource,
): Promise<DerivationNode[]> {
  const nodes: DerivationNode[] = [];
  const seen = new Set<StorePath>(roots);
  const known: KnownInputs = new Map();
  for (let level = [...seen]; level.length > 0; ) {
    const files = await source.read(level);
    const found = files.map((file) => readNode(file, known));
    nodes.push(...found);
    level = found.flatMap(inputPaths).filter((path) => {
      const isNew = !seen.has(path);
      seen.add(path);
      return isNew;
    });
  }
  return nodes;
}
