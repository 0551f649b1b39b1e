import type { StorePath } from '@dispatch/nix/store-path';
import fc from 'fast-check';
import { arbitraryRecipes } from './arbitrary-recipes.ts';
import { type Instance, instantiate } from './instantiate.ts';
import type { Recipe, Recipes, SerialsByNumber } from './recipe.ts';

/** Which recipes of a graph get serials, whatever graph it will be. */
export type Choice = readonly { readonly place: number; readonly serial: number }[];

export const arbitraryChoice: fc.Arbitrary<Choice> = fc.array(
  fc.record({
    place: fc.nat(99),
    serial: fc.oneof(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 1, max: 2 ** 31 })),
  }),
  { minLength: 1, maxLength: 3 },
);

/** A random graph, and which of it get serials. */
export interface Poisoned {
  readonly recipes: Recipes;
  readonly byNumber: SerialsByNumber;
  readonly original: readonly Instance[];
  readonly serials: ReadonlyMap<StorePath, number>;
}

export function arbitraryPoisoned(maximum: number): fc.Arbitrary<Poisoned> {
  return fc.tuple(arbitraryRecipes(maximum), arbitraryChoice).map(([recipes, choice]) => {
    const byNumber = serialsByNumber(recipes, choice);
    const original = instantiate(recipes);
    const serials = new Map([...byNumber].map(([at, serial]) => [original[at]!.path, serial]));
    return { recipes, byNumber, original, serials };
  });
}

/** Tries a property on enough of them to meet what is rare. */
export function holds<T>(
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => void,
  numRuns = 100,
): void {
  fc.assert(fc.property(arbitrary, property), { numRuns });
}

/** The chosen recipes that can be poisoned, and the others that share an output path with one. */
export function serialsByNumber(recipes: Recipes, choice: Choice): SerialsByNumber {
  const identities = instantiate(recipes).map(({ path, outputs }) => [
    path,
    ...[...outputs.values()].filter((output) => output !== ''),
  ]);
  const serials = new Map<number, number>();
  for (const { place, serial } of choice) {
    const chosen = place % recipes.length;
    for (const [number, recipe] of recipes.entries()) {
      const isSame = identities[number]!.some((path) => identities[chosen]!.includes(path));
      if (!isSame || !isPoisonable(recipe)) continue;
      serials.set(number, Math.max(serial, serials.get(number) ?? 0));
    }
  }
  return serials;
}

function isPoisonable({ kind }: Recipe): boolean {
  return kind === 'input-addressed' || kind === 'floating';
}
