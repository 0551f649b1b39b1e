import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorePath } from '@dispatch/nix/store-path';
import { describe, expect, type TestContext, test } from 'vitest';
import {
  type GraphName,
  type OldAndNew,
  type Oracle,
  type OracleName,
  oracleOrSkip,
  unpackedOrSkip,
} from '../../../test/data.ts';
import { ChangeReasons } from '../src/change-reasons.ts';
import type { DerivationGraph } from '../src/derivation-graph.ts';
import type { DerivationNode } from '../src/derivation-node.ts';
import { type Rewriting, rewriteGraph } from '../src/rewrite-graph.ts';
import { unrewriteGraph } from '../src/unrewrite-graph.ts';
import { type DrvFile, type LoadedGraph, load, textsOf, unrewrite } from './loaded-graph.ts';
import { sha256 } from './node-sha256.ts';

const graphs: readonly GraphName[] = [
  'drvs-hello',
  'drvs-core-git',
  'drvs-nixos-plasma',
  'drvs-core-all',
];

const oracles: readonly OracleName[] = [
  'oracle-hello-curl',
  'oracle-hello-expat',
  'oracle-core-git-krb5',
];

describe.each(graphs)('%s', (name) => {
  let files: DrvFile[];
  let loaded: LoadedGraph;

  test('has the paths that its contents hash to', (context) => {
    files = drvFiles(unpackedOrSkip(context, name));
    loaded = load(files);
    expect(loaded.graph.nodes).toHaveLength(files.length);
  });

  test('is printed as Nix wrote it', (context) => {
    if (loaded === undefined) context.skip();
    const texts = textsOf(loaded.graph);
    expect(files.filter(({ path, text }) => texts.get(path) !== text)).toEqual([]);
  });

  test('has nothing of ours in it', (context) => {
    if (loaded === undefined) context.skip();
    const { graph, originals, carried } = unrewrite(loaded);
    expect([...originals, ...carried]).toEqual([]);
    expect(changedNodes(loaded.graph, graph)).toEqual([]);
  });
});

describe.each(oracles)('%s', (name) => {
  test('is what rewriting gives: drv paths, output paths and bytes', (context) => {
    const oracle = oracleOrSkip(context, name);
    const written = drvFiles(unpackedOrSkip(context, name));
    const base = loadBase(context, oracle);
    const rewriting = rewriteFor(oracle, base);

    const texts = textsOf(rewriting.graph);
    const changes = [...rewriting.changes].map(([old, after]) => ({
      old,
      new: after.path,
      outputs: outputsOf(base.graph.get(old)!, after),
    }));
    expect(sorted(changes)).toEqual(sorted(oracle.changed));
    const reasons = new ChangeReasons(base.graph, serialsOf(oracle));
    expect(new Set(reasons.changed)).toEqual(new Set(rewriting.changes.keys()));
    expect(rewriting.graph.nodes).toHaveLength(oracle.counts.newDrvs);
    expect(written.map(({ path }) => ({ path, text: texts.get(path) }))).toEqual(written);
  });

  test('counts as Nix counted', (context) => {
    const oracle = oracleOrSkip(context, name);
    const base = loadBase(context, oracle);
    const { changes } = rewriteFor(oracle, base);
    const pairs = [...changes].map(([old, after]) => ({ before: base.graph.get(old)!, after }));
    const same = pairs.filter(({ before, after }) => {
      const outputs = outputsOf(before, after);
      return Object.values(outputs).every((output) => output.old === output.new);
    });
    const { oldDrvs, changed, changedFixedOutput, changedSameOutputs } = oracle.counts;
    expect(base.graph.nodes).toHaveLength(oldDrvs);
    expect(pairs).toHaveLength(changed);
    expect(pairs.filter(({ after }) => after.kind === 'fixed')).toHaveLength(changedFixedOutput);
    expect(same).toHaveLength(changedSameOutputs);
  });

  test('is un-rewritten to what Nix evaluated without the serial', (context) => {
    const oracle = oracleOrSkip(context, name);
    const written = drvFiles(unpackedOrSkip(context, name));
    const base = loadBase(context, oracle);
    const tops = oracle.tops.map((top) => top.new as StorePath);
    const given = load([...baseFiles(context, oracle), ...written], tops);
    const { graph, carried } = unrewriteGraph(given.graph, given.modulos, oracle.attribute, sha256);
    expect(textsOf(graph)).toEqual(textsOf(base.graph));
    const serials = oracle.poisoned.map((one) => [one.old as StorePath, 1] as const);
    expect(carried).toEqual(new Map(serials));
  });
});

function baseFiles(context: TestContext, { baseTar }: Oracle): DrvFile[] {
  return drvFiles(unpackedOrSkip(context, baseTar.replace('.tar.xz', '') as GraphName));
}

function loadBase(context: TestContext, oracle: Oracle): LoadedGraph {
  return load(
    baseFiles(context, oracle),
    oracle.tops.map((top) => top.old as StorePath),
  );
}

function rewriteFor(oracle: Oracle, { graph, modulos }: LoadedGraph): Rewriting {
  return rewriteGraph(graph, modulos, serialsOf(oracle), oracle.attribute, sha256);
}

function serialsOf({ poisoned, value }: Oracle): Map<StorePath, number> {
  return new Map(poisoned.map((one) => [one.old as StorePath, Number(value)]));
}

function outputsOf(before: DerivationNode, after: DerivationNode): Record<string, OldAndNew> {
  const pairs = after.text.outputs.map(({ name, path }, at) => [
    name,
    { old: before.text.outputs[at]!.path, new: path },
  ]);
  return Object.fromEntries(pairs) as Record<string, OldAndNew>;
}

function sorted<T extends { readonly old: string }>(changes: readonly T[]): T[] {
  return changes.toSorted((a, b) => (a.old < b.old ? -1 : 1));
}

function changedNodes(before: DerivationGraph, after: DerivationGraph): StorePath[] {
  return after.nodes.filter((node) => before.get(node.path) !== node).map((node) => node.path);
}

function drvFiles(folder: string): DrvFile[] {
  const store = join(folder, 'nix', 'store');
  return readdirSync(store).map((name) => ({
    path: `/nix/store/${name}` as StorePath,
    text: readFileSync(join(store, name), 'latin1'),
  }));
}
