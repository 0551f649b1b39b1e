import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BitSet, emptySet, numbersIn, union, withNumber } from '../src/bit-set.ts';

const numbers = fc.array(fc.nat(200));

function bitSetOf(members: readonly number[]): BitSet {
  return members.reduce(withNumber, emptySet);
}

function ascending(members: Iterable<number>): number[] {
  return [...new Set(members)].toSorted((a, b) => a - b);
}

test('holds what was put in, also where the highest bit of a word is set', () => {
  fc.assert(
    fc.property(numbers, (members) => {
      expect(numbersIn(bitSetOf(members))).toEqual(ascending(members));
    }),
  );
  expect(numbersIn(bitSetOf([31, 63, 32]))).toEqual([31, 32, 63]);
});

test('a union has the numbers of both, and changes neither', () => {
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const [one, other] = [bitSetOf(a), bitSetOf(b)];
      expect(numbersIn(union(one, other))).toEqual(ascending([...a, ...b]));
      expect([numbersIn(one), numbersIn(other)]).toEqual([ascending(a), ascending(b)]);
    }),
  );
});

test('what has all numbers of the other is the union itself', () => {
  const [few, many] = [bitSetOf([3]), bitSetOf([3, 40, 70])];
  expect(union(few, many)).toBe(many);
  expect(union(many, few)).toBe(many);
  expect(union(emptySet, few)).toBe(few);
});
