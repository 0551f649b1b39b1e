import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { historyLines } from '../src/ledger/show-history.ts';
import { age } from '../src/show/age.ts';
import { recordText } from '../src/show/poison-record.ts';
import { table } from '../src/show/table.ts';
import { harmless } from '../src/show/terminal.ts';

const now = Date.UTC(2026, 10, 21, 12);
const [second, hour, day] = [1000, 3_600_000, 86_400_000];

test.each([
  [0, 'just now'],
  [59 * second, 'just now'],
  [60 * second, '1 minute ago'],
  [59 * 60 * second, '59 minutes ago'],
  [hour, '1 hour ago'],
  [47 * hour, '47 hours ago'],
  [2 * day, '2 days ago'],
  [400 * day, '400 days ago'],
  [-30 * second, 'just now'],
  [-day, "2026-11-22 12:00 UTC (in the future: somebody's clock is wrong)"],
])('something of %d ms before now was %s', (past, text) => {
  expect(age(now - past, now)).toBe(text);
});

test('what others wrote can neither move the cursor nor turn the text around', () => {
  const record: PoisonRecord = {
    identity: { drvPath: '/nix/store/x.drv' as StorePath, outputPaths: [] },
    epoch: 1,
    effect: 'poison',
    author: 'Mal\u202elory\u009b2J',
    time: now,
    reason: 'a\u001b[2Jb\nc\u001b]0;title\u0007d\u2066e\u2028f\tg',
  };
  const text = recordText(record, now);
  expect(text).toMatch(/^Mallory.* \(unproven\), just now: ab cde f g$/);
  // oxlint-disable-next-line no-control-regex -- none of them must be left
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028]/);
});

test('columns are as wide as their widest cell, in columns of a terminal', () => {
  expect(
    table(
      ['A', 'B', 'C'],
      [
        ['é', 'long', 'x'],
        ['日', '', 'a longer one'],
      ],
    ),
  ).toEqual(['A   B     C', 'é   long  x', '日        a longer one']);
});

test.each(['\u001b;#', '\u001b[;#', '\u001b[1', '\u001b]', '\u009b1;', '\u001b '])(
  'text made to be slow to clean (%j) is cleaned as fast as any',
  (piece) => {
    const [start = '', ...rest] = piece;
    const text = start + rest.join('').repeat(50_000) + piece.repeat(50_000);
    const startedAt = performance.now();
    harmless(text);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  },
);

test('colours, titles and sets of characters leave nothing behind', () => {
  expect(harmless('\u001b[1;31ma\u001b(B\u001b[mb\u001b]8;;x:y\u001b\\c\u009b0md\u001b7e')).toBe(
    'abcde',
  );
});

test('a path that came from others is shown without what moves the cursor', () => {
  const drvPath = '/nix/\u009b2J\u009d0;x\u009c\u202e/x.drv' as StorePath;
  const identity = { drvPath, outputPaths: [] };
  const records = [
    { identity, epoch: 1, effect: 'poison', author: 'a', time: now, reason: 'r' },
  ] as const;
  const text = historyLines({ word: 'x', name: 'x', records }).join();
  expect(text).not.toMatch(/[\u007f-\u009f\u202a-\u202e]/);
});
