import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { load, rewrite, textsByPath, textsOf, unrewrite } from './loaded-graph.ts';
import { mixtureOf } from './model/assemble-recipes.ts';
import { instantiate } from './model/instantiate.ts';
import { arbitraryPoisoned, holds } from './model/poisoned-recipes.ts';
import { type Recipe, withAttribute, withSerials } from './model/recipe.ts';

const poisoned = arbitraryPoisoned(12);

describe('un-rewriting', () => {
  test('gives the original bytes, and the serials that were carried', () => {
    holds(poisoned, ({ recipes: one, byNumber, original, serials }) => {
      const given = instantiate(withSerials(one, byNumber));
      const { graph, originals, carried } = unrewrite(load(given));
      expect(textsOf(graph)).toEqual(textsByPath(original));
      expect(given.map(({ path }) => originals.get(path) ?? path)).toEqual(
        original.map(({ path }) => path),
      );
      expect(carried).toEqual(serials);
    });
  });

  test('and rewriting again gives what was given', () => {
    holds(poisoned, ({ recipes: one, byNumber }) => {
      const given = instantiate(withSerials(one, byNumber));
      const unrewriting = unrewrite(load(given));
      const { graph } = rewrite(unrewriting, unrewriting.carried);
      expect(textsOf(graph)).toEqual(textsByPath(given));
    });
  });

  test('takes out what marks trials and groups', () => {
    const arbitraryMarks = fc.dictionary(
      fc.constantFrom('dispatchTrial', 'dispatchGroupId'),
      fc.string(),
    );
    holds(fc.tuple(poisoned, arbitraryMarks), ([{ recipes: one, byNumber, original }, marks]) => {
      const given = withSerials(one, byNumber).map((recipe, at) =>
        byNumber.has(at) ? withMarks(recipe, marks) : recipe,
      );
      expect(textsOf(unrewrite(load(instantiate(given))).graph)).toEqual(textsByPath(original));
    });
  });

  test('of a mixture of originals and rewritten ones gives the originals alone', () => {
    holds(poisoned, ({ recipes: one, byNumber, original, serials }) => {
      const { graph, carried } = unrewrite(load(instantiate(mixtureOf(one, byNumber))));
      const plain = mixtureOf(one, new Map());
      expect(textsOf(graph)).toEqual(textsByPath(instantiate(plain)));
      expect(carried).toEqual(serials);
      expect(graph.has(original[0]!.path)).toBe(true);
    });
  });
});

function withMarks(recipe: Recipe, marks: Readonly<Record<string, string>>): Recipe {
  return Object.entries(marks).reduce(
    (one, [key, value]) => withAttribute(one, key, value),
    recipe,
  );
}
