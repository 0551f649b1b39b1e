import type { RunEvent } from '@dispatch/engine/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialLive, type LiveState } from '../src/live/live-state.ts';
import { reduce } from '../src/live/reduce.ts';
import { render } from '../src/live/render.ts';
import { asciiSymbols, lineWidth } from '../src/live/styled-line.ts';
import {
  after,
  copying,
  drv,
  ended,
  history,
  logged,
  plan,
  ready,
  rendered,
  screen,
  started,
} from './live-histories.ts';

const poison: RunEvent = {
  type: 'poison-found',
  poisoned: [
    { original: drv('left'), rewritten: drv('left'), serial: 2, reason: '', author: 'ann' },
  ],
};

const diamond = [
  ready('ssh-ng://me@one', 2),
  ready('ssh-ng://me@two:22?x=y', 2),
  poison,
  plan(
    {
      settings: [],
      left: [],
      right: [],
      library: ['left', 'right'],
      manual: ['settings', 'library'],
      program: ['library'],
      all: ['manual', 'program'],
    },
    { left: 9000, right: 20_000, all: 60_000 },
  ),
  started('settings'),
  ended('settings'),
  started('left'),
  started('right', 'ssh-ng://me@two:22?x=y'),
  { type: 'step-phase', step: drv('right'), phase: 'buildPhase' },
  logged('right', 'cc -c \u001b[2Jright.c \u202e 日本語'),
  copying(1, 'left', 4_000_000),
  copying(2, undefined, 5_000_000),
] as const satisfies RunEvent[];

test('what runs where, since when, in which phase, its last line; beneath it what waits for it', () => {
  expect(rendered(after(diamond), 13_000)).toEqual([
    '▸ left serial 2  7s      one     inputs 40%',
    '└─◦ library  waits for 2',
    '  ├─◦ manual',
    '  │ └─◦ all  waits for 2',
    '  └─◦ program',
    '▸ right          6s/20s  two:22  buildPhase  cc -c right.c  日本語',
    '↓ 3.8 MiB of 9.5 MiB  0 B/s  one → two:22  library and 2 more',
    '↓ 4.8 MiB of 9.5 MiB  0 B/s  one → two:22  library and 2 more',
    '━━──────────────  1/7  ▸ 2 running  ◦ 4 waiting  ↓ 8.6 MiB  over 1m14s left',
  ]);
});

test.each([
  [
    40,
    24,
    [
      '▸ left serial 2  7s      one   ',
      '└─◦ library  waits for 2',
      '  ├─◦ manual',
      '  │ └─◦ all  waits for 2',
      '  └─◦ program',
      '▸ right          6s/20s  two:22',
      '↓ 0 B/s  library and 2 more',
      '↓ 0 B/s  library and 2 more',
      '1/7  ▸2  ◦4  ↓ 8.6 MiB  13s  >1m14s',
    ],
  ],
  [
    20,
    5,
    ['▸ left se…  7s    ', '▸ right     6s/20s', '↓ 0 B/s  library a…', '1/7  ▸2  ◦4  >1m14s'],
  ],
  [20, 2, ['1/7  ▸2  ◦4  >1m14s']],
  [20, 1, []],
])('%d columns and %d rows', (columns, rows, expected) => {
  expect(rendered(after(diamond), 13_000, { ...screen, columns, rows })).toEqual(expected);
});

test('what takes longer than the last time makes no promise', () => {
  const begun = after([plan({ a: [] }, { a: 5000 }), started('a')]);
  expect(rendered(begun, 4000).at(-1)).toMatch(/about 2s left$/);
  expect(rendered(begun, 6000).at(-1)).toMatch(/ 6s$/);
});

test('what has just begun shows nothing that waits for it', () => {
  const begun = after([plan({ a: [], b: ['a'] }), started('a')]);
  expect(rendered(begun, 1999)[1]).toMatch(/1 running/);
  expect(rendered(begun, 2000)[1]).toBe('└─◦ b');
});

test('failures and a hub that is away stay in sight, where there is room', () => {
  const away = { type: 'hub-away', reason: 'gone' } as const;
  const steps = plan({ a: [], b: [], c: ['a'] });
  const events = [
    steps,
    started('a'),
    started('b'),
    ended('a', 'failed'),
    ended('b', 'unsupported'),
  ];
  const state = after([...events, away, { ...away, reason: 'still' }]);
  expect(rendered(state, 9000)).toEqual([
    '✗ a, b',
    'waiting for the store of results for 4s',
    '────────────────  0/3  ✗ 2 failed  ◦ 1 waiting  9s',
  ]);
  expect(rendered(state, 9000, { ...screen, rows: 6 })).toHaveLength(1);
  expect(rendered(reduce(state, { type: 'hub-back' }, 9000), 9000)).toHaveLength(2);
});

test('a terminal that knows no UTF-8 gets ASCII', () => {
  const events = diamond.filter((event) => event.type !== 'step-log');
  const shown = rendered(after(events), 13_000, { ...screen, symbols: asciiSymbols });
  expect(shown.join('\n')).toMatch(/^[\x20-\x7e\n]+$/);
});

test('never wider or taller than the terminal, and never a control character', () => {
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(history, size, fc.nat(200_000), (events, { columns, rows }, now) => {
      const lines = render(after(events), { ...screen, columns, rows }, now);
      expect(lines.length).toBeLessThan(rows);
      for (const line of lines) {
        expect(lineWidth(line)).toBeLessThan(columns);
        expect(line.map(({ text }) => text).join('')).not.toMatch(
          /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u,
        );
      }
    }),
  );
});

test('nothing is shown while nothing is known for a moment, or where nothing is to do', () => {
  expect(rendered(initialLive(0), 900)).toEqual([]);
  expect(rendered(after([plan({})]), 9000)).toEqual([]);
  expect(rendered(initialLive(0), 9000)).toEqual(['preparing for 9s']);
  const called = ['a', 'b', 'c'].map(
    (one): RunEvent => ({ type: 'builder-called', builder: `ssh-ng://me@${one}` }),
  );
  const unusable = { type: 'builder-unusable', builder: 'ssh-ng://me@a', reason: 'gone' } as const;
  expect(rendered(after([...called, ready('ssh-ng://me@b', 1), unusable]), 9000)).toEqual([
    'preparing for 9s, waiting for c',
  ]);
});

/** 10,000 steps on 200 slots, each waiting for three; all wait for the first, and the last for all. */
function multitude(): LiveState {
  const steps: Record<string, string[]> = { s0: [] };
  for (let at = 1; at < 9_999; at += 1) {
    steps[`s${at}`] = [...new Set([at >> 1, at - Math.ceil(at / 7), 0])].map((one) => `s${one}`);
  }
  steps['s9999'] = Object.keys(steps);
  let state = reduce(initialLive(0), plan(steps, { s1: 1000 }), 0);
  for (let at = 0; at < 5000; at += 1) {
    state = reduce(state, started(`s${at}`), at);
    if (at < 4800) state = reduce(state, ended(`s${at}`), at);
  }
  return state;
}

test('of 10,000 steps a frame is drawn in a few milliseconds', () => {
  const state = multitude();
  expect(state.running.size).toBe(200);
  const large = { ...screen, columns: 250, rows: 100 };
  const times = Array.from({ length: 40 }, (_, at) => {
    const before = performance.now();
    expect(render(state, large, 60_000 + at)).toHaveLength(60);
    return performance.now() - before;
  });
  // The fastest of them: others may have the machine meanwhile.
  expect(Math.min(...times)).toBeLessThan(5);
});
