import { readDerivationText } from '@dispatch/nix/aterm/derivation-text';
import { escapeString } from '@dispatch/nix/aterm/escape';
import {
  hasVariableFrom,
  type RecipeBytes,
  recipeVariable,
  recipeWithOutputPaths,
  removeRecipeVariable,
  setRecipeVariable,
  withSubstitutedBytes,
} from '@dispatch/nix/aterm/recipe-bytes';
import { byteStringFrom, bytesOf, joinBytes } from '@dispatch/nix/byte-string';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

type Variables = readonly (readonly [key: string, value: string])[];

function recipeOf(variables: Variables): RecipeBytes {
  const pairs = variables
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `("${escapeString(key)}","${escapeString(value)}")`);
  const text = `Derive([],[],[],"x","/\\"b",["),("],[${pairs.join(',')}])`;
  return readDerivationText(bytesOf(text)).recipe;
}

const byteStrings = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', '\\', '\n', '\r', '\t', ')', '(', ',', ']', 'a', 'b', '\u00ff'),
    fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  ),
  maxLength: 6,
});
const variables = fc.uniqueArray(fc.tuple(byteStrings, byteStrings), {
  selector: ([key]) => key,
  maxLength: 8,
});

function without(all: Variables, key: string): Variables {
  return all.filter(([name]) => name !== key);
}

describe('a recipe that is edited in place', () => {
  test('is what it would be if it had been written so', () => {
    fc.assert(
      fc.property(variables, byteStrings, byteStrings, (all, key, value) => {
        const recipe = recipeOf(all);
        const others = without(all, key);
        expect(setRecipeVariable(recipe, key, value)).toEqual(recipeOf([...others, [key, value]]));
        expect(removeRecipeVariable(recipe, key)).toEqual(recipeOf(others));
      }),
      { numRuns: 500 },
    );
  });

  test('has the variables that were written', () => {
    fc.assert(
      fc.property(variables, byteStrings, (all, other) => {
        const recipe = recipeOf(all);
        for (const [key, value] of all) expect(recipeVariable(recipe, key)).toBe(value);
        expect(recipeVariable(recipe, other)).toBe(new Map(all).get(other));
      }),
    );
  });

  test('says whether a name begins so', () => {
    fc.assert(
      fc.property(variables, fc.constantFrom('', 'a', 'ab', 'ba', 'aab', '~'), (all, prefix) => {
        const begins = all.some(([key]) => key.startsWith(prefix));
        expect(hasVariableFrom(recipeOf(all), prefix)).toBe(begins);
      }),
      { numRuns: 500 },
    );
  });

  test('gets the paths of outputs where there are variables for them, and nowhere else', () => {
    const recipe = recipeOf([
      ['a', 'x'],
      ['dev', 'old'],
      ['lib2', 'y'],
      ['out', 'old'],
    ]);
    const outputs = ['dev', 'lib', 'out'].map((name) => ({
      name,
      path: `/${name}`,
      hashAlgo: '',
      hash: '',
    }));
    expect(joinBytes(recipeWithOutputPaths(recipe, outputs))).toEqual(
      recipeOf([
        ['a', 'x'],
        ['dev', '/dev'],
        ['lib2', 'y'],
        ['out', '/out'],
      ]).bytes,
    );
  });

  test('sorts its variables again when replacing changed their names', () => {
    const [first, last] = ['1'.repeat(32), 'z'.repeat(32)];
    const recipe = recipeOf([
      [`"${first}`, '1'],
      ['a', '2'],
      [`"${'5'.repeat(32)}`, '3'],
    ]);
    const bytes = bytesOf(byteStringFrom(recipe.bytes).replace(first, last));
    const expected = recipeOf([
      [`"${last}`, '1'],
      ['a', '2'],
      [`"${'5'.repeat(32)}`, '3'],
    ]);
    expect(withSubstitutedBytes(recipe, bytes)).toEqual(expected);
  });

  test('keeps the order when only values change', () => {
    const value = '1'.repeat(40);
    const recipe = recipeOf([
      ['a', value],
      ['b', value],
    ]);
    const bytes = bytesOf(byteStringFrom(recipe.bytes).replaceAll('1', '2'));
    const moved = withSubstitutedBytes(recipe, bytes);
    expect([moved.bytes, moved.places]).toEqual([bytes, recipe.places]);
  });
});
