import { nixBase32Alphabet } from '@dispatch/nix/nixbase32';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SubstitutionTable, substituteHashes } from '../src/hash-substitutions.ts';

const digits = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from(nixBase32Alphabet)),
    minLength: length,
    maxLength: length,
  });

const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
const long = 'd'.repeat(52);

const some: Replacements = {
  hashParts: [
    [a, b],
    [b, c],
  ],
  placeholders: [[long, 'f'.repeat(52)]],
};

interface Replacements {
  readonly hashParts: readonly (readonly [string, string])[];
  readonly placeholders: readonly (readonly [string, string])[];
}

function tableOf(all: Replacements): SubstitutionTable {
  const table = new SubstitutionTable();
  table.add(all);
  return table;
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
    ['one behind an escape that ends in a digit', `\\n${b}\\r${b}\\"`, `\\n${c}\\r${c}\\"`],
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
    expect(substituteHashes(text, tableOf(some))).toBe(expected);
  });

  test('gives the same string when there is nothing to do', () => {
    expect(substituteHashes(a.repeat(9), new SubstitutionTable())).toBe(a.repeat(9));
  });

  test('does what looking at every place would do', () => {
    const parts = fc.uniqueArray(digits(32), { minLength: 1, maxLength: 4 });
    const longer = fc.uniqueArray(digits(52), { maxLength: 2 });
    const cases = fc.tuple(parts, longer).chain(([keys, placeholders]) => {
      const piece = fc.oneof(
        fc.constantFrom(...keys, ...placeholders),
        fc.constantFrom(...keys).map((key) => key.slice(5)),
        digits(1),
        digits(33),
        fc.constantFrom('-', '/', '\\n', 'e', ' ', '\u00e9'),
      );
      const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
      return fc.tuple(fc.constant(mapped(keys)), fc.constant(mapped(placeholders)), text);
    });
    fc.assert(
      fc.property(cases, ([hashParts, placeholders, text]) => {
        const all = { hashParts, placeholders };
        expect(substituteHashes(text, tableOf(all))).toBe(lookAtEveryPlace(text, all));
      }),
      { numRuns: 1000 },
    );
  });
});

function mapped(keys: readonly string[]): [string, string][] {
  return keys.map((key, at) => [key, nixBase32Alphabet[at]!.repeat(key.length)]);
}

function lookAtEveryPlace(text: string, all: Replacements): string {
  const [hashParts, placeholders] = [new Map(all.hashParts), new Map(all.placeholders)];
  let replaced = '';
  for (let at = 0; at < text.length; ) {
    const found =
      hashParts.get(text.slice(at, at + 32)) ?? placeholders.get(text.slice(at, at + 52));
    replaced += found ?? text[at]!;
    at += found?.length ?? 1;
  }
  return replaced;
}
