import type { StorePath } from '@dispatch/nix/store-path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import { openScratchNix, type ScratchNix } from '../../nix/test/scratch-nix.ts';
import { shareSerials } from '../src/shared-serials.ts';
import { evaluateWithNix } from './evaluate-with-nix.ts';
import {
  type DrvFile,
  type LoadedGraph,
  load,
  rewrite,
  textsOf,
  unrewrite,
} from './loaded-graph.ts';
import { arbitraryRecipes } from './model/arbitrary-recipes.ts';
import { instantiate } from './model/instantiate.ts';
import { forNewerNix } from './model/newer-recipes.ts';
import { arbitraryChoice, type Choice, serialsByNumber } from './model/poisoned-recipes.ts';
import { type Recipes, type SerialsByNumber, withSerials } from './model/recipe.ts';

/** Random graphs, evaluated by the real Nix twice: as they are, and with serials in the expression. */
interface Case {
  readonly recipes: Recipes;
  readonly serials: SerialsByNumber;
  readonly original: readonly DrvFile[];
  readonly withSerials: readonly DrvFile[];
  readonly loaded: LoadedGraph;
}

const graphs = Number(process.env['DISPATCH_TEST_GRAPHS'] ?? 150);

/** Half as many with all but one version: what they compute is the same, and this shows it. */
const versions = nixVersions().map(
  (version, at) => [version, at === 0 ? graphs : Math.ceil(graphs / 2)] as const,
);
const seed = Number(process.env['DISPATCH_TEST_SEED'] ?? Date.now() % 2 ** 31);

function evaluateCases(nix: ScratchNix, samples: readonly (readonly [Recipes, Choice])[]): Case[] {
  const recipes = samples.map(([one]) => one);
  const serials = samples.map(([one, choice]) => serialsByNumber(one, choice));
  const originals = evaluateWithNix(nix, recipes);
  const poisoned = evaluateWithNix(
    nix,
    recipes.map((one, at) => withSerials(one, serials[at]!)),
  );
  return originals.map((original, at) => ({
    recipes: recipes[at]!,
    serials: serials[at]!,
    original,
    withSerials: poisoned[at]!,
    loaded: load(original),
  }));
}

describe.each(versions)(
  `what Nix %s evaluates (DISPATCH_TEST_SEED=${seed})`,
  (version, numRuns) => {
    let nix: ScratchNix;
    let cases: Case[];
    beforeAll(() => {
      nix = openScratchNix(version);
      const recipes = arbitraryRecipes(14).map((some) =>
        version === '2.8' ? some : forNewerNix(some),
      );
      const samples = fc.sample(fc.tuple(recipes, arbitraryChoice), { seed, numRuns });
      cases = evaluateCases(nix, samples);
    });
    afterAll(() => nix.remove());

    test('holds everything that these tests are about', () => {
      const nodes = cases.flatMap(({ loaded }) => loaded.graph.nodes);
      for (const kind of ['input-addressed', 'fixed', 'floating', 'deferred', 'impure'] as const) {
        expect(nodes.filter((node) => node.kind === kind).length).toBeGreaterThan(numRuns / 16);
      }
      const poisoned = cases.flatMap(({ recipes, serials }) =>
        [...serials.keys()].map((number) => recipes[number]!),
      );
      expect(poisoned.filter(({ isStructured }) => isStructured).length).toBeGreaterThan(
        numRuns / 16,
      );
      expect(poisoned.filter(({ outputs }) => outputs.length > 1).length).toBeGreaterThan(
        numRuns / 16,
      );
      expect(cases.filter(hasSharedResult).length).toBeGreaterThan(numRuns / 50);
    });

    test('is what the tests own model of it evaluates', () => {
      for (const { recipes, serials, original, ...one } of cases) {
        expect(filesOf(instantiate(recipes))).toEqual(original);
        expect(filesOf(instantiate(withSerials(recipes, serials)))).toEqual(one.withSerials);
      }
    });

    test('with serials in the expression is what rewriting makes of the graph without', () => {
      for (const one of cases) {
        const { graph, changes } = rewrite(one.loaded, serialsByPath(one));
        const rewritten = one.original.map(({ path }) => changes.get(path)?.path ?? path);
        expect(rewritten).toEqual(one.withSerials.map(({ path }) => path));
        const texts = textsOf(graph);
        expect(one.withSerials.map(({ path }) => texts.get(path))).toEqual(
          one.withSerials.map(({ text }) => text),
        );
      }
    });

    test('with serials in the expression is un-rewritten to what Nix evaluates without', () => {
      for (const { original, withSerials: given } of cases) {
        const { graph, originals } = unrewrite(load(given));
        expect(given.map(({ path }) => originals.get(path) ?? path)).toEqual(
          original.map(({ path }) => path),
        );
        expect(textsOf(graph)).toEqual(new Map(original.map(({ path, text }) => [path, text])));
      }
    });
  },
);

/** Whether two that were poisoned are different derivations of one output path. */
function hasSharedResult({ serials, original, loaded: { graph } }: Case): boolean {
  const paths = new Set([...serials.keys()].map((number) => original[number]!.path));
  const results = [...paths].map((path) => graph.get(path)!.text.outputs[0]!.path || path);
  return new Set(results).size < paths.size;
}

function filesOf(files: readonly DrvFile[]): DrvFile[] {
  return files.map(({ path, text }) => ({ path, text }));
}

/** Only one of those that share a result is named; the others follow from their output paths. */
function serialsByPath({ serials, original, loaded: { graph } }: Case): Map<StorePath, number> {
  const all = new Map([...serials].map(([number, serial]) => [original[number]!.path, serial]));
  const named = new Map(
    [...all].map(([path, serial]) => {
      const node = graph.get(path)!;
      return [node.text.outputs[0]!.path || path, [node, serial] as const];
    }),
  );
  expect(shareSerials(graph, named.values())).toEqual(all);
  return all;
}
