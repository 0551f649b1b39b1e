import type { DerivationFolder } from '@dispatch/engine/read/derivation-folder';
import { readFolder } from '@dispatch/engine/read/read-folder';
import { nodeSha256 } from '@dispatch/engine/sha256';
import { DerivationGraph, topsOf } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { assertPoisonable, type Rewriting, rewriteGraph } from '@dispatch/graph/rewrite-graph';
import { shareSerials } from '@dispatch/graph/shared-serials';
import { type Unrewriting, unrewriteGraph } from '@dispatch/graph/unrewrite-graph';
import { verifyPaths } from '@dispatch/graph/verify-paths';
import type { StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';

/** What was given, what Nix had evaluated, and what it became. */
export interface RewrittenFolder {
  readonly roots: readonly StorePath[];
  readonly given: DerivationGraph;
  readonly original: Unrewriting;
  readonly rewriting: Rewriting;
}

/** Reads the roots with everything below them, checks every path, and puts the serials in. */
export async function rewriteFolder(
  folder: DerivationFolder,
  wanted: readonly StorePath[] | undefined,
  serials: ReadonlyMap<string, number>,
  variable: string,
): Promise<RewrittenFolder> {
  const nodes = await readFolder(folder, wanted ?? folder.list());
  const roots = wanted ?? topsOf(nodes);
  const given = DerivationGraph.closure(nodes, roots);
  if (wanted === undefined) assertAllReached(given, nodes);
  const original = originalOf(given, variable);
  const named = await nameDerivations(folder, original, serials, variable);
  const shared = shareSerials(original.graph, [...named, ...carriedSerials(original)]);
  const { graph, modulos } = original;
  return {
    roots,
    given,
    original,
    rewriting: rewriteGraph(graph, modulos, shared, variable, nodeSha256),
  };
}

/** Derivations on a cycle are below no top; looking for all of them says which these are. */
function assertAllReached(graph: DerivationGraph, nodes: readonly DerivationNode[]): void {
  if (graph.nodes.length === nodes.length) return;
  DerivationGraph.closure(
    nodes,
    nodes.map((node) => node.path),
  );
}

function originalOf(given: DerivationGraph, variable: string): Unrewriting {
  return unrewriteGraph(given, verifyPaths(given, nodeSha256), variable, nodeSha256);
}

type Named = readonly [node: DerivationNode, serial: number];

/**
 * The derivations that serials were given for. One outside the roots' closure counts too, since one
 * in it may share its output; so that its output is sure, all below it is read and checked.
 */
async function nameDerivations(
  folder: DerivationFolder,
  original: Unrewriting,
  serials: ReadonlyMap<string, number>,
  variable: string,
): Promise<Named[]> {
  const keys = new Map([...serials].map(([key, serial]) => [folder.find(key), serial]));
  const outside = [...keys.keys()].filter((key) => originalNode(original, key) === undefined);
  for (const key of outside) if (!folder.has(key)) throw notThere(key);
  const nodes = await readFolder(folder, outside);
  const other = originalOf(DerivationGraph.closure(nodes, outside), variable);
  return [...keys].map(([key, serial]) => {
    const node = originalNode(original, key) ?? originalNode(other, key);
    if (node === undefined) throw notThere(key);
    assertPoisonable(node);
    return [node, serial];
  });
}

function originalNode(original: Unrewriting, path: StorePath): DerivationNode | undefined {
  return original.graph.get(original.originals.get(path) ?? path);
}

/** Serials that derivations brought with them; without effect on what a serial would not change. */
function carriedSerials({ graph, carried }: Unrewriting): Named[] {
  return [...carried].flatMap(([path, serial]): Named[] => {
    const node = graph.get(path);
    return node === undefined || node.kind === 'fixed' || node.kind === 'impure'
      ? []
      : [[node, serial]];
  });
}

function notThere(key: StorePath): CommandError {
  return new CommandError(
    'bad-argument',
    `there is no derivation ${key} in the graph, and a serial was given for it: name one that the ` +
      'folder holds',
  );
}
