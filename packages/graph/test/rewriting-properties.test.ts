import type { StorePath } from '@dispatch/nix/store-path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChangeReason, ChangeReasons } from '../src/change-reasons.ts';
import type { DerivationNode } from '../src/derivation-node.ts';
import { type DrvFile, load, rewrite, textsByPath, textsOf } from './loaded-graph.ts';
import { arbitraryRecipes } from './model/arbitrary-recipes.ts';
import { closureOf, instantiate } from './model/instantiate.ts';
import { arbitraryPoisoned, holds, type Poisoned } from './model/poisoned-recipes.ts';
import { withSerials } from './model/recipe.ts';

const recipes = arbitraryRecipes(12);
const poisoned = arbitraryPoisoned(12);

describe('rewriting', () => {
  test('gives what evaluating again with serials would give', () => {
    holds(poisoned, ({ recipes: one, byNumber, original, serials }) => {
      const { graph } = rewrite(load(original), serials);
      expect(textsOf(graph)).toEqual(textsByPath(instantiate(withSerials(one, byNumber))));
    });
  });

  test('without serials changes nothing at all', () => {
    holds(recipes, (one) => {
      const loaded = load(instantiate(one));
      const { graph, changes } = rewrite(loaded, new Map());
      const reasons = new ChangeReasons(loaded.graph, new Map());
      expect(changes.size + reasons.changed.length).toBe(0);
      for (const node of loaded.graph.nodes) expect(graph.get(node.path)).toBe(node);
    });
  });

  test('does not hang on the order in which files or serials come', () => {
    const shuffled = poisoned.chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.shuffledSubarray([...one.original], { minLength: one.original.length }),
        fc.shuffledSubarray([...one.serials], { minLength: one.serials.size }),
      ),
    );
    holds(shuffled, ([{ original, serials }, files, pairs]) => {
      const ordered = rewrite(load(original), serials).graph.nodes;
      expect(rewrite(load(files), new Map(pairs)).graph.nodes).toEqual(ordered);
    });
  });

  test('does not hang on what else is loaded', () => {
    holds(fc.tuple(poisoned, recipes), ([{ original, serials }, others]) => {
      const alone = rewrite(load(original), serials);
      const beside = rewrite(load([...instantiate(others), ...original]), serials);
      for (const { path } of original) {
        expect(beside.changes.get(path)?.path).toBe(alone.changes.get(path)?.path);
      }
    });
  });

  test('of a part of a graph is that part of the rewritten graph', () => {
    holds(fc.tuple(poisoned, fc.nat()), ([{ original, serials }, pick]) => {
      const root = original[pick % original.length]!.path;
      const whole = rewrite(load(original), serials);
      const part = rewrite(load(original, [root]), serials);
      for (const [path, after] of part.changes) expect(whole.changes.get(path)).toEqual(after);
      expect(part.changes.get(root)?.path).toBe(whole.changes.get(root)?.path);
    });
  });

  test('changes the poisoned and all that need them, each with its reason, and nothing else', () => {
    holds(poisoned, ({ original, serials }) => {
      const loaded = load(original);
      const { changes } = rewrite(loaded, serials);
      const reasons = new ChangeReasons(loaded.graph, serials);
      const byPath = new Map(original.map((one) => [one.path, one]));
      for (const { path } of original) {
        const below = new Set([...closureOf(path, { byPath })].filter((one) => serials.has(one)));
        expect(changes.has(path)).toBe(below.size > 0);
        const serial = serials.get(path);
        const downstream = below.size > 0 ? { downstreamOf: below } : undefined;
        const expected = serial === undefined ? downstream : { poisoned: serial };
        expect(withSets(reasons.of(path))).toEqual(expected);
      }
    });
  });

  test('leaves the outputs of fixed-output derivations where they are', () => {
    holds(poisoned, ({ original, serials }) => {
      const loaded = load(original);
      const { changes } = rewrite(loaded, serials);
      const fixed = loaded.graph.nodes.filter(({ kind }) => kind === 'fixed');
      expect(fixed.map((node) => (changes.get(node.path) ?? node).text.outputs)).toEqual(
        fixed.map((node) => node.text.outputs),
      );
    });
  });

  test('makes a graph of which every path can be checked again', () => {
    holds(poisoned, ({ original, serials }) => {
      const { graph, modulos } = rewrite(load(original), serials);
      const files = [...textsOf(graph)].map(([path, text]) => ({ path, text }));
      const again = load(files);
      for (const [place, { path }] of graph.nodes.entries()) {
        expect(modulos.at(place)).toEqual(again.modulos.at(again.graph.placeOf(path)!));
      }
      expect(again.graph.nodes.toSorted(inOrderOfPaths)).toEqual(
        graph.nodes.toSorted(inOrderOfPaths),
      );
    });
  });

  test('with two serials at once is rewriting with one after the other', () => {
    holds(poisoned, (one) => {
      const { original, serials } = one;
      const loaded = load(original);
      const atOnce = rewrite(loaded, serials);
      let step = { ...loaded, now: new Map(original.map(({ path }) => [path, path])) };
      for (const group of bySharedOutput(one)) {
        const moved = group.map(([path, serial]) => [step.now.get(path)!, serial] as const);
        const { graph, modulos, changes } = rewrite(step, new Map(moved));
        const now = [...step.now].map(([path, at]) => [path, changes.get(at)?.path ?? at] as const);
        step = { graph, modulos, now: new Map(now) };
      }
      expect(textsOf(step.graph)).toEqual(textsOf(atOnce.graph));
    });
  });
});

/** The order of causes means nothing. */
function withSets(reason: ChangeReason | undefined): unknown {
  if (reason === undefined || 'poisoned' in reason) return reason;
  return { downstreamOf: new Set(reason.downstreamOf) };
}

function inOrderOfPaths(a: DrvFile | DerivationNode, b: DrvFile | DerivationNode): number {
  return a.path < b.path ? -1 : 1;
}

/** Serials that have to go in together, since their derivations share a result. */
function bySharedOutput({ original, serials }: Poisoned): (readonly [StorePath, number])[][] {
  const results = new Map(original.map(({ path, outputs }) => [path, [...outputs.values()][0]]));
  const groups = new Map<string, (readonly [StorePath, number])[]>();
  for (const pair of serials) {
    const result = results.get(pair[0]) || pair[0];
    groups.set(result, [...(groups.get(result) ?? []), pair]);
  }
  return [...groups.values()];
}
