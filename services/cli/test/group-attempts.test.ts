import type { RecordedAttempt } from '@dispatch/ledger/group-attempt';
import { expect, test } from 'vitest';
import { attemptJson } from '../src/group/attempt-json.ts';
import { attemptLines, attemptTable } from '../src/group/attempt-text.ts';
import { drv } from './live-histories.ts';

const member = { role: 'board', original: drv('o'), outputs: [{ name: 'out', path: drv('p') }] };

const failed: RecordedAttempt = {
  key: 'k',
  mark: 'first',
  id: '3f9a2c1b'.repeat(8),
  name: 'can\u001b[2J-bus',
  run: '20261122T024539-172062e5',
  startedAt: 1_000_000,
  isTrial: false,
  members: [
    { ...member, name: 'board', rewritten: drv('board'), builder: 'ssh-ng://me@lab1' },
    { ...member, name: 'client', rewritten: drv('client'), builder: 'auto' },
  ],
  logFile: undefined,
  state: 'failed',
  ending: {
    type: 'failed',
    endedAt: 1_004_210,
    cause: { member: 'client', reason: 'builder failed\nwith exit code 7' },
    members: [
      { name: 'board', outcome: 'stopped', durationMs: 4200 },
      { name: 'client', outcome: 'failed', durationMs: 3000 },
    ],
  },
};
const { ending } = failed;
const running: RecordedAttempt = { ...failed, state: 'running', ending: undefined, mark: 'b' };
const now = 1_000_000 + 3 * 60_000;

test('attempts are listed one a line, with who was where and what came first', () => {
  expect(attemptTable([running, failed], now)).toEqual([
    'ATTEMPT   GROUP    STATE    BEGUN          TOOK   CAUSE                                    MEMBERS',
    '3f9a2c1b  can-bus  running  3 minutes ago  -                                               board on lab1, client on this machine',
    '3f9a2c1b  can-bus  failed   3 minutes ago  4.2 s  client: builder failed with exit code 7  board on lab1, client on this machine',
  ]);
  expect(attemptTable([], now)).toEqual(['no group was ever begun from here']);
});

test('of one attempt all is told: the cause, then what followed from it', () => {
  expect(attemptLines(failed, now)).toEqual([
    'group can-bus 3f9a2c1b, its first attempt, begun 3 minutes ago',
    '  it failed after 4.2 s: client: builder failed with exit code 7',
    '  cause:        client  on this machine      failed after 3.0 s',
    '  consequence:  board   on ssh-ng://me@lab1  stopped after 4.2 s',
    `  id ${'3f9a2c1b'.repeat(8)}, of run 20261122T024539-172062e5`,
    `  board: ${drv('board')}`,
    `  client: ${drv('client')}`,
    '  its log is no longer kept',
  ]);
});

test('a trial that passed is not said to count; what nobody ended says so', () => {
  const good = { ...failed, state: 'committed', isTrial: true } as const;
  const commit = { type: 'committed', endedAt: 1_004_210, members: [], outputs: [] } as const;
  const trial = { ...good, ending: commit };
  expect(attemptLines(trial, now).slice(0, 2)).toEqual([
    'group can-bus 3f9a2c1b, a trial, begun 3 minutes ago',
    '  all members ended well after 4.2 s',
  ]);
  expect(attemptTable([trial], now)[1]).toContain('passed (trial)');
  const left = { ...running, state: 'interrupted' } as const;
  expect(attemptLines(left, now)[1]).toBe(
    '  whoever carried it out is gone; it counts for nothing',
  );
});

test('in JSON what is not known is left for null', () => {
  expect(attemptJson(failed)).toMatchObject({
    state: 'failed',
    trial: false,
    endedAt: ending?.endedAt,
    cause: { member: 'client' },
    members: [{ name: 'board', outputs: { out: drv('p') }, outcome: 'stopped' }, {}],
  });
  expect(attemptJson(running)).toMatchObject({ endedAt: undefined, cause: undefined });
});
