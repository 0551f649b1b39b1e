import { DerivationFolder } from '@dispatch/engine/read/derivation-folder';
import { FolderFiles } from '@dispatch/engine/read/folder-files';
import { DerivationGraph, topsOf } from '@dispatch/graph/derivation-graph';
import { type DerivationNode, inputPaths } from '@dispatch/graph/derivation-node';
import { type GraphName, unpacked } from '../../../test/data.ts';
import { type Random, randomNumbers, skewed } from './seeded.ts';
import type { Job } from './work.ts';

/** Half of the builds take less than the median, one in twenty more than ten times as long. */
const buildMs = { median: 30_000, spread: 1.4 };
const downloadMs = { median: 2_000, spread: 1 };
const outputBytes = { median: 2_000_000, spread: 1.8 };
/** How far remembered durations are off: for two of three builds by less than a fifth. */
const forgetting = 0.2;

/**
 * The builds of a package set that Nix wrote down, each after its dependencies, with times and sizes
 * that the seed gives them; undefined where this clone does not have the graph.
 */
export function recordedWork(name: GraphName, seed: number): readonly Job[] | undefined {
  const root = unpacked(name);
  if (root === undefined) return undefined;
  const folder = DerivationFolder.open(root);
  const nodes = new FolderFiles(folder).readClosure(folder.list());
  const random = randomNumbers(seed);
  return DerivationGraph.closure(nodes, topsOf(nodes)).nodes.map((node) => jobOf(node, random));
}

function jobOf(node: DerivationNode, random: Random): Job {
  const { median, spread } = node.kind === 'fixed' ? downloadMs : buildMs;
  const durationMs = skewed(random, median, spread);
  return {
    id: node.path,
    name: node.name,
    dependencies: inputPaths(node),
    durationMs,
    rememberedMs: durationMs * skewed(random, 1, forgetting),
    outputBytes: Math.round(skewed(random, outputBytes.median, outputBytes.spread)),
  };
}
