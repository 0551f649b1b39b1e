import { printDerivationText } from '@dispatch/nix/aterm/print';
import { type ByteString, byteStringFrom, bytesOf } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import { DerivationGraph, topsOf } from '../src/derivation-graph.ts';
import { type DerivationNode, readNode } from '../src/derivation-node.ts';
import type { HashModulos } from '../src/hash-modulos.ts';
import { type Rewriting, rewriteGraph } from '../src/rewrite-graph.ts';
import { type Unrewriting, unrewriteGraph } from '../src/unrewrite-graph.ts';
import { verifyPaths } from '../src/verify-paths.ts';
import { variable } from './model/recipe.ts';
import { sha256 } from './node-sha256.ts';

/** A `.drv` file. */
export interface DrvFile {
  readonly path: StorePath;
  readonly text: ByteString;
}

/** A graph with all of its paths checked. */
export interface LoadedGraph {
  readonly graph: DerivationGraph;
  readonly modulos: HashModulos;
}

export function nodeOf({ path, text }: DrvFile): DerivationNode {
  return readNode({ path, bytes: bytesOf(text), contentHash: sha256(text) });
}

/** Reads the files, takes what the roots need (all of them by default), and checks every path. */
export function load(files: Iterable<DrvFile>, roots?: Iterable<StorePath>): LoadedGraph {
  const nodes = Array.from(files, nodeOf);
  const graph = DerivationGraph.closure(nodes, roots ?? topsOf(nodes));
  return { graph, modulos: verifyPaths(graph, sha256) };
}

export function rewrite(
  { graph, modulos }: LoadedGraph,
  serials: ReadonlyMap<StorePath, number>,
): Rewriting {
  return rewriteGraph(graph, modulos, serials, variable, sha256);
}

export function unrewrite({ graph, modulos }: LoadedGraph): Unrewriting {
  return unrewriteGraph(graph, modulos, variable, sha256);
}

export function textsByPath(files: Iterable<DrvFile>): Map<StorePath, ByteString> {
  return new Map(Array.from(files, ({ path, text }) => [path, text]));
}

/** The bytes of every derivation, by path. */
export function textsOf({ nodes }: DerivationGraph): Map<StorePath, ByteString> {
  return new Map(nodes.map((node) => [node.path, byteStringFrom(printDerivationText(node.text))]));
}
