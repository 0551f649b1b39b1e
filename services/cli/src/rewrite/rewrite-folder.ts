import type { DerivationFolder } from '@dispatch/engine/read/derivation-folder';
import { FolderReader } from '@dispatch/engine/read/folder-reader';
import { nodeSha256 } from '@dispatch/engine/sha256';
import { DerivationGraph, topsOf } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { HashModulosOnDemand } from '@dispatch/graph/hash-modulos';
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

/**
 * Reads the roots with everything below them and puts the serials in, while another thread checks
 * every path. Nothing is returned before that is done, and what it finds wrong comes first.
 */
export async function rewriteFolder(
  folder: DerivationFolder,
  wanted: readonly StorePath[] | undefined,
  serials: ReadonlyMap<string, number>,
  variable: string,
): Promise<RewrittenFolder> {
  const reader = new FolderReader(folder);
  try {
    const nodes = await reader.read(wanted ?? folder.list());
    const roots = wanted ?? topsOf(nodes);
    const verification = reader.verify(wanted ?? nodes.map((node) => node.path));
    const rewriting = rewriteNodes({ folder, reader, nodes, roots, serials, variable });
    const [verified, rewritten] = await Promise.allSettled([verification, rewriting]);
    if (verified.status === 'rejected') throw verified.reason;
    if (rewritten.status === 'rejected') throw rewritten.reason;
    return rewritten.value;
  } finally {
    await reader.close();
  }
}

interface Work {
  readonly folder: DerivationFolder;
  readonly reader: FolderReader;
  readonly nodes: readonly DerivationNode[];
  readonly roots: readonly StorePath[];
  readonly serials: ReadonlyMap<string, number>;
  readonly variable: string;
}

async function rewriteNodes(work: Work): Promise<RewrittenFolder> {
  const { nodes, roots, variable } = work;
  const given = DerivationGraph.closure(nodes, roots);
  const givenModulos = new HashModulosOnDemand(given, nodeSha256);
  const original = unrewriteGraph(given, givenModulos, variable, nodeSha256);
  const { graph, modulos } = original;
  const named = await nameDerivations(work, original);
  const shared = shareSerials(graph, [...named, ...carriedSerials(original)]);
  const rewriting = rewriteGraph(graph, modulos, shared, variable, nodeSha256);
  return { roots, given, original, rewriting };
}

type Named = readonly [node: DerivationNode, serial: number];

/**
 * The derivations that serials were given for. One outside the roots' closure counts too, since one
 * in it may share its output; so that its output is sure, all below it is read and checked.
 */
async function nameDerivations(
  { folder, reader, serials, variable }: Work,
  original: Unrewriting,
): Promise<Named[]> {
  const keys = new Map([...serials].map(([key, serial]) => [folder.find(key), serial]));
  const outside = [...keys.keys()].filter((key) => originalNode(original, key) === undefined);
  for (const key of outside) if (!folder.has(key)) throw notThere(key);
  const others = DerivationGraph.closure(await reader.read(outside), outside);
  const modulos = verifyPaths(others, nodeSha256);
  const other = unrewriteGraph(others, modulos, variable, nodeSha256);
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
