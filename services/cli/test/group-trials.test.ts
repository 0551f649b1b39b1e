import type { GroupEnded } from '@dispatch/engine/events';
import { expect, test } from 'vitest';
import { type EndedGroup, type Trial, trialOutcome } from '../src/group/trial.ts';
import { trialsJson } from '../src/group/trial-json.ts';
import { tallyBuilders, tallyMembers } from '../src/group/trial-tally.ts';
import { trialLines } from '../src/group/trial-text.ts';
import { drv, plan, planWith } from './live-histories.ts';

type Outcome = GroupEnded['members'][number]['outcome'];

/** An attempt of a board and a client, each with where it was and what became of it. */
function attempt(
  outcome: GroupEnded['outcome'],
  board: readonly [string, Outcome],
  client: readonly [string, Outcome],
  cause?: string,
): EndedGroup {
  const { groups } = planWith(plan({ board: [], client: [] }), { hil: ['board', 'client'] });
  const members = { board, client };
  return {
    planned: groups[0]!,
    places: Object.entries(members).map(([member, [builder]]) => ({
      member,
      builder,
      step: drv(member),
    })),
    ended: {
      type: 'group-ended',
      group: drv('hil'),
      outcome,
      cause: cause === undefined ? undefined : { member: cause, reason: 'no voltage' },
      logFile: undefined,
      startedAt: 0,
      durationMs: 1,
      members: Object.entries(members).map(([name, [, end]]) => ({ name, outcome: end })),
      lastLines: [],
    },
  };
}

function trial(...attempts: EndedGroup[]): Trial {
  return { run: 'run', attempts };
}

const passed = (where: string): Trial =>
  trial(attempt('committed', [where, 'succeeded'], ['two', 'succeeded']));
const failed = (where: string): Trial =>
  trial(attempt('failed', [where, 'failed'], ['two', 'stopped'], 'board'));
const lost = attempt('lost', ['one', 'stopped'], ['two', 'stopped'], 'client');

test('a member is counted where it was; one that was stopped says nothing', () => {
  const members = tallyMembers([passed('one'), failed('one'), passed('lab'), trial(lost)]);
  const zero = { passed: 0, failed: 0, stopped: 0, lost: 0 };
  expect(members).toEqual([
    { group: 'hil', member: 'board', builder: 'one', ...zero, passed: 1, failed: 1, stopped: 1 },
    { group: 'hil', member: 'board', builder: 'lab', ...zero, passed: 1 },
    { group: 'hil', member: 'client', builder: 'two', ...zero, passed: 2, stopped: 1, lost: 1 },
  ]);
  expect(tallyBuilders(members).map(({ builder, passed: good }) => [builder, good])).toEqual([
    ['one', 1],
    ['lab', 1],
    ['two', 2],
  ]);
});

test('what was lost with a machine and then passed has passed; what was never begun is lost', () => {
  const again = attempt('committed', ['one', 'succeeded'], ['two', 'succeeded']);
  const trials = [trial(lost, again), trial(lost), trial(), failed('one')];
  expect(trials.map(trialOutcome)).toEqual(['passed', 'lost', 'lost', 'failed']);
  expect(trialsJson(trials)).toMatchObject({ passed: 1, failed: 1, lost: 2 });
});

test('who fails on one machine and passes on another tells of the machine', () => {
  expect(trialLines([failed('one'), passed('lab'), failed('one')])).toEqual([
    '1 of 3 trials passed, 2 failed',
    '',
    'MEMBER  ON   PASSED          FAILED  STOPPED  LOST',
    'board   one  0 of 2 (0 %)    2       -        -',
    'board   lab  1 of 1 (100 %)  -       -        -',
    'client  two  1 of 1 (100 %)  -       2        -',
    '',
    'ON   PASSED          FAILED  STOPPED  LOST',
    'one  0 of 2 (0 %)    2       -        -',
    'lab  1 of 1 (100 %)  -       -        -',
    'two  1 of 1 (100 %)  -       2        -',
    '',
    'board failed on one and never on lab: look at the machine first',
    '',
    'trial 1: hil 3f9a2c1b failed: board: no voltage (dispatch group log 3f9a2c1b)',
    'trial 3: hil 3f9a2c1b failed: board: no voltage (dispatch group log 3f9a2c1b)',
  ]);
});

test.each([
  [[failed('one'), failed('lab')], 'board failed on one, lab: look at the test first'],
  [[failed('one'), passed('one')], 'board failed now and then, and was on one only: '],
  [[failed('one')], 'board failed each time, and was on one only: '],
])('what else failures tell: %#', (trials, expected) => {
  expect(trialLines(trials).join('\n')).toContain(`\n${expected}`);
});

test('where all passed there is nothing to find', () => {
  expect(trialLines([passed('one'), passed('lab')]).join('\n')).not.toContain('look at');
});
