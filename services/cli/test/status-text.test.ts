import { expect, test } from 'vitest';
import type { RunStatusJson } from '../src/coordinator/run-status.ts';
import { statusLines } from '../src/coordinator/status-text.ts';

function run(name: string, ...building: string[]): RunStatusJson {
  return {
    run: name,
    state: 'running',
    detached: false,
    priority: 0,
    startedAt: 0,
    finishedAt: null,
    roots: [],
    steps: 2,
    settled: 0,
    building: building.map((step) => ({ name: step, builder: 'ssh-ng://me@one' })),
  };
}

test('what is being built stands below the run that it is built for', () => {
  const runs = [run('r1', 'shared', 'a'), run('r2'), run('r3', 'shared')];
  expect(statusLines(7, runs, 1000).map((line) => line.replace(/ +running.*/, ''))).toEqual([
    'the coordinator is process 7',
    expect.stringMatching(/^RUN +STATE/),
    'r1',
    '  building shared on ssh-ng://me@one',
    '  building a on ssh-ng://me@one',
    'r2',
    'r3',
    '  building shared on ssh-ng://me@one',
  ]);
});
