import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import { openScratchNix, type ScratchNix } from '../../nix/test/scratch-nix.ts';
import { evaluateWithNix } from './evaluate-with-nix.ts';
import { type DrvFile, load, textsByPath, textsOf, unrewrite } from './loaded-graph.ts';
import { mark } from './marked-graph.ts';
import { arbitraryGroups, type Grouped } from './model/arbitrary-groups.ts';
import { forNewerNix } from './model/newer-recipes.ts';
import { arbitraryChoice, serialsByNumber } from './model/poisoned-recipes.ts';
import { type Recipes, type SerialsByNumber, withAttribute, withSerials } from './model/recipe.ts';

/** Random graphs with groups, evaluated by the real Nix as they are, and with serials and ids in the expression. */
interface Case extends Grouped {
  readonly serials: SerialsByNumber;
  readonly original: readonly DrvFile[];
}

const numRuns = 20;
const seed = Number(process.env['DISPATCH_TEST_SEED'] ?? Date.now() % 2 ** 31);

describe.each(nixVersions())(
  `groups as Nix %s evaluates them (DISPATCH_TEST_SEED=${seed})`,
  (version) => {
    let nix: ScratchNix;
    let cases: Case[];

    beforeAll(() => {
      nix = openScratchNix(version);
      const samples = fc.sample(fc.tuple(arbitraryGroups, arbitraryChoice), { seed, numRuns });
      const graphs = samples.map(([one]) =>
        version === '2.8' ? one : { ...one, recipes: forNewerNix(one.recipes) },
      );
      const originals = evaluateWithNix(
        nix,
        graphs.map(({ recipes }) => recipes),
      );
      cases = graphs.map((one, at) => ({
        ...one,
        serials: serialsByNumber(one.recipes, samples[at]![1]),
        original: originals[at]!,
      }));
    });
    afterAll(() => nix.remove());

    test('with ids written into the expression by hand are what marking makes of them', () => {
      const markings = cases.map(({ original, serials }) =>
        mark(load(original), new Map([...serials].map(([at, one]) => [original[at]!.path, one]))),
      );
      const evaluated = evaluateWithNix(
        nix,
        cases.map((one, at) => withIds(one, markings[at]!.groups)),
      );
      for (const [at, files] of evaluated.entries()) {
        expect(textsOf(markings[at]!.graph)).toEqual(textsByPath(files));
        expect(textsOf(unrewrite(load(files)).graph)).toEqual(textsByPath(cases[at]!.original));
      }
    });
  },
);

/** The ids that marking told, at the members of each join. */
function withIds(
  { recipes, groups, serials, original }: Case,
  marked: ReturnType<typeof mark>['groups'],
): Recipes {
  const ids = new Map<number, string>();
  for (const { members } of groups) {
    const originals = members.map(({ number }) => original[number]!.path).toSorted();
    const group = marked.find(
      (one) =>
        one.members
          .map((member) => member.original)
          .toSorted()
          .join() === originals.join(),
    );
    for (const { number } of members) ids.set(number, group!.id);
  }
  return withSerials(recipes, serials).map((recipe, number) => {
    const id = ids.get(number);
    return id === undefined ? recipe : withAttribute(recipe, 'dispatchGroupId', id);
  });
}
