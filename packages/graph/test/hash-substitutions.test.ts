import { escapeString } from '@dispatch/nix/aterm/escape';
import { RecipeBytes, recipeEnvironment } from '@dispatch/nix/aterm/recipe-bytes';
import { bytesOf } from '@dispatch/nix/byte-string';
import { nixBase32Alphabet } from '@dispatch/nix/nixbase32';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SubstitutionTable, substituteInRecipe } from '../src/hash-substitutions.ts';

const digits = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from(nixBase32Alphabet)),
    minLength: length,
    maxLength: length,
  });

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
const long = 'd'.repeat(52);

type Replacements = readonly (readonly [before: string, after: string])[];

const some: Replacements = [
  [a, b],
  [b, c],
  [long, 'f'.repeat(52)],
];

function tableOf(all: Replacements): SubstitutionTable {
  const table = new SubstitutionTable();
  table.add(all.map(([before, after]) => ({ before, after })));
  return table;
}

/** The value of a variable after all were replaced in its recipe. */
function substitute(value: string, all: Replacements): string | undefined {
  const text = `"x","/b",[],[("k","${escapeString(value)}")])`;
  const recipe = substituteInRecipe(new RecipeBytes(bytesOf(text)), tableOf(all));
  return recipeEnvironment(recipe)[0]?.[1];
}

describe('replacing hash parts', () => {
  test.each([
    ['nothing in an empty text', '', ''],
    ['nothing in a text without any', 'x'.repeat(31), 'x'.repeat(31)],
    ['one that is the whole text', a, b],
    ['one between other characters', `/${a}-name`, `/${b}-name`],
    ['each once, although one becomes another', `${a} ${b}`, `${b} ${c}`],
    ['two without anything between them', `${a}${b}${a}`, `${b}${c}${b}`],
    ['one behind digits', `xyz${b}`, `xyz${c}`],
    ['one before digits', `${b}xyz`, `${c}xyz`],
    [
      'one inside a long run of digits',
      `${'1'.repeat(70)}${b}${'2'.repeat(70)}`,
      `${'1'.repeat(70)}${c}${'2'.repeat(70)}`,
    ],
    ['one behind what is escaped with a digit', `\n${b}\r${b}"`, `\n${c}\r${c}"`],
    ['none that is cut short', `${b.slice(1)} ${b.slice(1)}-`, `${b.slice(1)} ${b.slice(1)}-`],
    [
      'none that a character interrupts',
      `${b.slice(16)}e${b.slice(16)}`,
      `${b.slice(16)}e${b.slice(16)}`,
    ],
    ['placeholders', `/${long}/bin`, `/${'f'.repeat(52)}/bin`],
    ['no part of a placeholder', `/${long.slice(1)}`, `/${long.slice(1)}`],
    ['one at the very end', `\u00ff${b}`, `\u00ff${c}`],
  ])('replaces %s', (_, text, expected) => {
    expect(substitute(text, some)).toBe(expected);
  });

  test('gives the same string when there is nothing to do', () => {
    expect(substitute(a.repeat(9), [])).toBe(a.repeat(9));
  });

  test('does what looking at every place would do', () => {
    // Half of them begin alike, as they may in a table that finds them by their first digits.
    const key = fc.oneof(
      digits(32),
      digits(22).map((rest) => `0123456789${rest}`),
    );
    const parts = fc.uniqueArray(key, { minLength: 1, maxLength: 4 });
    const longer = fc.uniqueArray(digits(52), { maxLength: 2 });
    const cases = fc.tuple(parts, longer).chain(([keys, placeholders]) => {
      const piece = fc.oneof(
        fc.constantFrom(...keys, ...placeholders),
        fc.constantFrom(...keys).map((one) => one.slice(5)),
        digits(1),
        digits(33),
        fc.constantFrom('-', '/', '\n', '\\', 'e', ' ', '\u00e9'),
      );
      const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
      return fc.tuple(fc.constant([...mapped(keys), ...mapped(placeholders)]), text);
    });
    fc.assert(
      fc.property(cases, ([all, text]) => {
        expect(substitute(text, all)).toBe(lookAtEveryPlace(text, all));
      }),
      { numRuns: 1000 },
    );
  });
});

function mapped(keys: readonly string[]): [string, string][] {
  return keys.map((key, at) => [key, nixBase32Alphabet[at]!.repeat(key.length)]);
}

function lookAtEveryPlace(text: string, all: Replacements): string {
  const replacements = new Map(all);
  let replaced = '';
  for (let at = 0; at < text.length; ) {
    const found =
      replacements.get(text.slice(at, at + 32)) ?? replacements.get(text.slice(at, at + 52));
    replaced += found ?? text[at]!;
    at += found?.length ?? 1;
  }
  return replaced;
}
