import { EngineError } from '@dispatch/engine/errors';
import type { DerivationFolder } from '@dispatch/engine/read/derivation-folder';
import { FolderFiles } from '@dispatch/engine/read/folder-files';
import { evaluatedGraph } from '@dispatch/engine/read/read-graph';
import { nodeSha256 } from '@dispatch/engine/sha256';
import { DerivationGraph, topsOf } from '@dispatch/graph/derivation-graph';
import type { DerivationNode } from '@dispatch/graph/derivation-node';
import { assertPoisonable, type Rewriting, rewriteGraph } from '@dispatch/graph/rewrite-graph';
import { shareSerials } from '@dispatch/graph/shared-serials';
import type { Unrewriting } from '@dispatch/graph/unrewrite-graph';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import { CommandError } from '../errors.ts';

/** The derivations as they were given, as Nix evaluated them, and rewritten. */
export interface RewrittenFolder {
  readonly roots: readonly StorePath[];
  readonly given: DerivationGraph;
  readonly original: Unrewriting;
  /** By original: the serials that were given, and those that derivations carried already. */
  readonly serials: ReadonlyMap<StorePath, number>;
  readonly rewriting: Rewriting;
}

/** Reads the roots with everything below them, checks every path, and puts the serials in. */
export function rewriteFolder(
  folder: DerivationFolder,
  wanted: readonly StorePath[] | undefined,
  serials: ReadonlyMap<string, number>,
  variable: string,
): RewrittenFolder {
  const files = new FolderFiles(folder);
  const listed = wanted ?? folder.list();
  const nodes = files.readClosure(listed);
  if (wanted === undefined) assertAllRead(listed, nodes);
  const roots = wanted ?? topsOf(nodes);
  const { given, original } = evaluatedGraph(nodes, roots, variable);
  if (wanted === undefined) assertReached(nodes, given);
  const named = nameDerivations({ folder, files, serials, variable, original });
  const shared = shareSerials(original.graph, [...named, ...carriedSerials(original)]);
  const { graph, modulos } = original;
  const rewriting = rewriteGraph(graph, modulos, shared, variable, nodeSha256);
  return { roots, given, original, serials: shared, rewriting };
}

/** Throws for a name in the folder that leads to no file, such as a dangling link, which was passed over. */
function assertAllRead(listed: readonly StorePath[], nodes: readonly DerivationNode[]): void {
  // What is listed was read in the order of the list, before everything that only others name.
  const missing = listed.find((path, at) => nodes[at]?.path !== path);
  if (missing === undefined) return;
  throw new EngineError(
    'unreadable-derivation',
    `${baseName(missing)} is named in the folder, and cannot be read: nothing is behind the name. ` +
      'Take it away, or say which roots are meant',
  );
}

/** Throws, from `closure`, for a cycle: all that nothing needs are roots, so what they do not reach needs itself. */
function assertReached(nodes: readonly DerivationNode[], given: DerivationGraph): void {
  const isReached = given.nodes.length === nodes.length;
  if (!isReached)
    DerivationGraph.closure(
      nodes,
      nodes.map(({ path }) => path),
    );
}

interface Naming {
  readonly folder: DerivationFolder;
  readonly files: FolderFiles;
  readonly serials: ReadonlyMap<string, number>;
  readonly variable: string;
  readonly original: Unrewriting;
}

type Named = readonly [node: DerivationNode, serial: number];

/**
 * The derivations that serials were given for. One outside the roots' closure counts, too, since one in
 * the closure may have the same output; to be sure of that, everything below it is read and checked.
 */
function nameDerivations({ folder, files, serials, variable, original }: Naming): Named[] {
  const keys = highestByPath(folder, serials);
  const outside = [...keys.keys()].filter((key) => originalNode(original, key) === undefined);
  for (const key of outside) if (!folder.has(key)) throw notThere(key);
  const other = evaluatedGraph(files.readClosure(outside), outside, variable).original;
  return [...keys].map(([key, serial]) => {
    const node = originalNode(original, key) ?? originalNode(other, key);
    if (node === undefined) throw notThere(key);
    assertPoisonable(node);
    return [node, serial];
  });
}

/** The serial of each derivation: the highest one, if it is named in several ways. */
function highestByPath(
  folder: DerivationFolder,
  serials: ReadonlyMap<string, number>,
): Map<StorePath, number> {
  const highest = new Map<StorePath, number>();
  for (const [key, serial] of serials) {
    const path = folder.find(key);
    highest.set(path, Math.max(serial, highest.get(path) ?? 0));
  }
  return highest;
}

function originalNode(original: Unrewriting, path: StorePath): DerivationNode | undefined {
  return original.graph.get(original.originals.get(path) ?? path);
}

/** The serials that derivations carried already. */
function carriedSerials({ graph, carried }: Unrewriting): Named[] {
  return [...carried].flatMap(([path, serial]): Named[] => {
    const node = graph.get(path);
    return node === undefined ? [] : [[node, serial]];
  });
}

function notThere(key: StorePath): CommandError {
  return new CommandError(
    'bad-argument',
    `there is no derivation ${key} in the graph, and a serial was given for it: name one that the ` +
      'folder holds',
  );
}
