import type { RunEvent, StepEnded, StepOutlook } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, test } from 'vitest';
import { machineName } from '../src/show/machine-name.ts';
import { Progress } from '../src/show/progress.ts';
import { duration, size, some } from '../src/show/quantities.ts';

function shown(events: readonly RunEvent[], buildLogs = false, starts = true): string[] {
  const lines: string[] = [];
  const progress = new Progress(
    { line: (text) => void lines.push(text), paint: (_, text) => text },
    { buildLogs, starts, machineName },
  );
  for (const event of events) progress.show(event);
  return lines;
}

function drv(name: string): StorePath {
  return `/nix/store/${'0'.repeat(32)}-${name}.drv` as StorePath;
}

function started(name: string, builder: string): RunEvent {
  return { type: 'step-started', step: drv(name), name, builder };
}

function ended(name: string, result: StepEnded['result'], durationMs?: number): RunEvent {
  const rest = { durationMs, logFile: undefined, lastLines: [] };
  return { type: 'step-ended', step: drv(name), name, result, ...rest };
}

function outlook(name: string): StepOutlook {
  const identity = { original: drv(name), rewritten: drv(name), name, system: 's', outputs: [] };
  return { ...identity, dependencies: [], expectedMs: undefined };
}

function planOf(...names: string[]): RunEvent {
  return { type: 'planned', steps: names.map(outlook), substitutes: [], present: 0, groups: [] };
}

const plan: RunEvent = {
  type: 'planned',
  steps: ['a', 'b'].map(outlook),
  substitutes: [drv('x')],
  present: 3,
  groups: [],
};

test('a step keeps its number from its first start to its end, whatever comes between', () => {
  const events = [
    plan,
    started('b', 'unix:///x/socket?root=/x'),
    started('a', 'auto'),
    {
      type: 'attempt-lost',
      step: drv('b'),
      name: 'b',
      builder: 'far',
      reason: 'far: gone',
    } as const,
    started('b', 'auto'),
    ended(
      'a',
      { type: 'failed', builder: 'auto', attempt: 1, status: 'TimedOut', message: '' },
      61_000,
    ),
    ended('b', { type: 'succeeded', builder: 'auto', attempt: 3 }, 1234),
  ];
  expect(shown(events)).toEqual([
    '2 to build, 1 path to fetch, 3 found on builders',
    '[1/2] building b on unix:///x/socket',
    '[2/2] building a on this machine',
    'warning: b was lost on far: gone',
    '[1/2] building b on this machine',
    '[2/2] failed: a on this machine after 1 min 1 s',
    '[1/2] built b on this machine after 1.2 s',
  ]);
});

test('where starts are seen in another way, steps are numbered in the order in which they end', () => {
  const good = { type: 'succeeded', builder: 'auto', attempt: 1 } as const;
  const events = [
    plan,
    started('b', 'auto'),
    started('a', 'auto'),
    ended('a', good),
    ended('b', good),
  ];
  expect(shown(events, false, false).slice(1)).toEqual([
    '[1/2] built a on this machine',
    '[2/2] built b on this machine',
  ]);
});

test('lines of builds are shown when asked for, and cannot take the terminal over', () => {
  const line = 'red \u001b[31mtext\u001b[0m\u0007, a\ttab\r\u001b]0;title\u0007 and ü';
  const event = { type: 'step-log', step: drv('a'), name: 'a', line } as const;
  expect(shown([event])).toEqual([]);
  expect(shown([event], true)).toEqual(['a> red text , a\ttab  and ü']);
});

test('of much poison the first ten are told, with who and why', () => {
  const poisoned = Array.from({ length: 12 }, (_, index) => ({
    original: drv(`p${index}`),
    rewritten: drv(`q${index}`),
    serial: index + 1,
    reason: index === 0 ? undefined : `bad\nnews`,
    author: 'ann',
  }));
  const lines = shown([{ type: 'poison-found', poisoned }]);
  expect(lines).toHaveLength(11);
  expect(lines.slice(0, 2)).toEqual([
    'poisoned: p0 (serial 1, which the ledger does not know)',
    'poisoned: p1 (serial 2: bad news; by ann)',
  ]);
  expect(lines.at(-1)).toBe('poisoned: 2 more');
});

test('quantities as people read them', () => {
  expect([0, 999, 59_940, 60_000, 3_661_000].map(duration)).toEqual(
    '0 ms, 999 ms, 59.9 s, 1 min 0 s, 1 h 1 min'.split(', '),
  );
  expect([1023, 1024, 3_500_000, 2 ** 45].map(size)).toEqual(
    '1023 B, 1.0 KiB, 3.3 MiB, 32.0 TiB'.split(', '),
  );
  expect(some(['a', 'b', 'c'], 2)).toBe('a, b and 1 more');
});

test('of a further plan what is new is told; what was known keeps its number', () => {
  const events = [planOf('a'), started('a', 'auto'), planOf('a', 'b', 'c'), planOf('c')];
  expect(shown([...events, started('b', 'auto'), started('a', 'auto')])).toEqual([
    '1 to build',
    '[1/1] building a on this machine',
    '2 more to build',
    '[2/3] building b on this machine',
    '[1/3] building a on this machine',
  ]);
});
