import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitted, padded, widthOf } from '../src/show/text-width.ts';
import { hostileText } from './live-histories.ts';

test.each([
  ['plain', 5],
  ['日本語', 6],
  ['ｗｉｄｅ', 8],
  ['e\u0301', 1],
  ['🔧', 2],
  // Where terminals differ, the most of them: one sign that is joined, or the two that it consists of.
  ['👩‍🔧', 4],
  ['❤\ufe0f', 2],
])('%s takes %d columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

test.each([
  ['fits', 4, 'fits'],
  ['too long', 4, 'too…'],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['any', 1, '…'],
  ['any', 0, ''],
])('%s in %d columns is %s', (text, columns, expected) => {
  expect(fitted(text, columns)).toBe(expected);
});

test('what is fitted or padded is as wide as it was to be, and keeps its beginning', () => {
  fc.assert(
    fc.property(hostileText, fc.nat(40), (text, columns) => {
      const fit = fitted(text, columns);
      expect(widthOf(fit)).toBeLessThanOrEqual(columns);
      expect(fit === text || text.startsWith(fit.replace(/…$/, ''))).toBe(true);
      expect(widthOf(padded(fit, columns))).toBe(columns);
    }),
  );
});
