import type { GroupEnded, RunEvent } from '@dispatch/engine/events';
import type { RunResults } from '@dispatch/engine/report/run-report';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import { expect, test } from 'vitest';
import { RunTally } from '../src/build/run-tally.ts';
import { closingLine } from '../src/show/closing-line.ts';
import { showFailures } from '../src/show/failures.ts';
import { groupJson } from '../src/show/group-json.ts';
import { machineName } from '../src/show/machine-name.ts';
import { Progress } from '../src/show/progress.ts';
import type { Terminal } from '../src/show/terminal.ts';
import { befell, called, drv, ended, plan, planWith, reserved, started } from './live-histories.ts';

const steps = plan({ board: [], client: [], hil: ['board', 'client'], all: ['hil'] });
const planned = planWith(steps, { hil: ['board', 'client'] });
const places = reserved('hil', { board: 'ssh-ng://me@lab1', client: 'auto' });

const failed: GroupEnded = {
  type: 'group-ended',
  group: drv('hil'),
  outcome: 'failed',
  cause: { member: 'client', reason: "builder for '/nix/store/x.drv' failed with exit code 7" },
  logFile: '/logs/hil.group.log',
  startedAt: 1_000_000,
  durationMs: 4210,
  members: [
    { name: 'board', outcome: 'stopped', durationMs: 4200 },
    { name: 'client', outcome: 'failed', durationMs: 3000 },
  ],
  lastLines: [
    { atMs: 1_000_000, member: undefined, type: 'note', text: 'begun' },
    { atMs: 1_000_012, member: 'board', type: 'line', text: 'opening \u001b[2Jcan0' },
    { atMs: 1_000_020, member: 'client', type: 'call', text: 'wait ready' },
    { atMs: 1_003_000, member: 'client', type: 'line', text: 'no answer' },
  ],
};

function told(show: (terminal: Terminal) => void): string[] {
  const lines: string[] = [];
  show({ line: (text) => void lines.push(text), paint: (_, text) => text });
  return lines;
}

function progress(events: readonly RunEvent[], buildLogs = false, starts = true): string[] {
  return told((terminal) => {
    const shown = new Progress(terminal, { buildLogs, starts, machineName });
    for (const event of events) shown.show(event);
  });
}

function tallyOf(events: readonly RunEvent[]): RunTally {
  const tally = new RunTally();
  for (const event of events) tally.observe(event);
  return tally;
}

function resultsOf(results: Readonly<Record<string, StepResult>>): RunResults {
  const found = Object.entries(results).map(([name, result]) => [drv(name), result] as const);
  return {
    outcome: 'failed',
    roots: [{ given: drv('all'), original: drv('all'), path: drv('all'), outputs: [], paths: [] }],
    steps: steps.steps,
    substitutes: [],
    present: 0,
    results: new Map<StorePath, StepResult>(found),
    links: [],
    uncollected: [],
  };
}

const clientFailed: Readonly<Record<string, StepResult>> = {
  client: {
    type: 'failed',
    builder: 'auto',
    attempt: 2,
    status: 'PermanentFailure',
    message: 'builder failed with exit code 7',
  },
  board: { type: 'group-failed', group: drv('hil'), cause: drv('client'), reason: 'client failed' },
  hil: { type: 'dependency-failed', cause: drv('client') },
  all: { type: 'dependency-failed', cause: drv('client') },
};

test('a group is told of in lines: what it is, where it goes, what was asked, what came of it', () => {
  const events = [
    planned,
    places,
    started('board', 'ssh-ng://me@lab1'),
    befell('hil', 'group-started'),
    called('hil', 'board', 'send', 'ready \u001b[2Jport=5'),
    {
      type: 'group-stopping',
      group: drv('hil'),
      outcome: 'failed',
      cause: { member: 'client', reason: 'builder failed with exit code 7' },
    } as const,
    failed,
  ];
  expect(progress(events, true)).toEqual([
    '4 to build',
    'group hil 3f9a2c1b: board, client',
    'group hil 3f9a2c1b has its places: board on ssh-ng://me@lab1, client on this machine',
    'group hil 3f9a2c1b begins',
    'hil/board= send ready port=5',
    'warning: group hil 3f9a2c1b stops: client: builder failed with exit code 7',
    'failed: group hil 3f9a2c1b after 4.2 s: client: builder failed with exit code 7',
  ]);
  expect(progress(events, false, false)).toHaveLength(4);
});

test('a group that passed, one that goes back into the line, one that was lost', () => {
  const passed = { ...failed, outcome: 'committed', cause: undefined } as const;
  const lost = {
    ...failed,
    outcome: 'lost',
    cause: { member: undefined, reason: 'gone' },
  } as const;
  expect(progress([planned, befell('hil', 'group-requeued'), lost, passed]).slice(2)).toEqual([
    'warning: group hil 3f9a2c1b gave its places back and waits for others: a machine was lost',
    'warning: group hil 3f9a2c1b was lost after 4.2 s, which says nothing of its members: gone',
    'passed: group hil 3f9a2c1b after 4.2 s: board, client',
  ]);
});

test('of a group that was lost and is planned anew, the first steps are forgotten', () => {
  const lost = { ...failed, outcome: 'lost', cause: { member: 'client', reason: 'gone' } } as const;
  const next = plan({ b: [], c: [], hil2: ['b', 'c'], all: ['hil2'] });
  const again = planWith(next, { hil2: ['b', 'c'] });
  const events = [
    planned,
    lost,
    ended('board', 'group-lost'),
    ended('client', 'group-lost'),
    ended('hil', 'dependency-failed'),
    ended('all', 'dependency-failed'),
    again,
    ended('b'),
  ];
  expect(progress(events).slice(2)).toEqual([
    'warning: group hil 3f9a2c1b was lost after 4.2 s, which says nothing of its members: client: gone',
    '4 to build',
    'group hil2 3f9a2c1b: b, c',
    '[1/4] built b on one after 5 ms',
  ]);
});

test('where a coordinator is lost, what the next one plans takes the place of the group under way', () => {
  const next = planWith(plan({ b: [], c: [], hil2: ['b', 'c'], all2: ['hil2'] }), {
    hil2: ['b', 'c'],
  });
  expect(progress([planned, befell('hil', 'group-started'), next, ended('b')]).slice(3)).toEqual([
    '4 to build',
    'group hil2 3f9a2c1b: b, c',
    '[1/4] built b on one after 5 ms',
  ]);
});

test('of a failed group: cause and consequences, all last lines on one clock, logs, what to do', () => {
  const tally = tallyOf([planned, places, failed]);
  expect(told((terminal) => showFailures(resultsOf(clientFailed), tally, terminal))).toEqual([
    'error: group hil 3f9a2c1b failed after 4.2 s: client: builder failed with exit code 7',
    '  cause:        client  on this machine      failed after 3.0 s',
    '  consequence:  board   on ssh-ng://me@lab1  stopped after 4.2 s',
    '  what they said last, in seconds since they began:',
    '      0.000        * begun',
    '      0.012 board  > opening can0',
    '      0.020 client = wait ready',
    '      3.000 client > no answer',
    '  the whole log of all: dispatch group log 3f9a2c1b',
    '  (in /logs/hil.group.log)',
    '  the same again builds every member anew, the good ones too',
    `  a flaky machine, or a flaky test? dispatch group try ${drv('hil')} --runs 10`,
    '  it keeps back 2 steps, and with them what you asked for: all',
  ]);
  expect(closingLine(resultsOf(clientFailed), 5000)).toBe(
    'built 0 of 4 steps in 5.0 s, 1 failed (client), 3 not built',
  );
});

test('a loud member leaves room for the others', () => {
  const loud = Array.from({ length: 100 }, (_, at) => ({
    atMs: 1_000_100 + at,
    member: 'board',
    type: 'line' as const,
    text: `line ${at}`,
  }));
  const lastLines = [...failed.lastLines.slice(0, 3), ...loud];
  const tally = tallyOf([planned, places, { ...failed, lastLines }]);
  const lines = told((terminal) => showFailures(resultsOf(clientFailed), tally, terminal));
  expect(lines.filter((line) => line.includes(' board  > '))).toHaveLength(30);
  expect(lines.filter((line) => line.includes(' client = '))).toHaveLength(1);
});

test('an attempt that was lost and tried again since is no failure', () => {
  const lost = { ...failed, outcome: 'lost' } as const;
  const again = {
    ...planned,
    groups: planned.groups.map((one) => ({ ...one, group: drv('new') })),
  };
  const passed = { ...failed, outcome: 'committed', group: drv('new'), cause: undefined } as const;
  const tally = tallyOf([planned, lost, again, passed]);
  expect(told((terminal) => showFailures(resultsOf({}), tally, terminal))).toEqual([]);
  expect([...tally.groups.values()].map(groupJson).map(({ outcome }) => outcome)).toEqual([
    'lost',
    'committed',
  ]);
});

test('a group that no farm could hold, and one that waited too long, say so once', () => {
  const tally = tallyOf([planned]);
  const unfit: StepResult = {
    type: 'group-unfit',
    group: drv('hil'),
    misfit: {
      type: 'places',
      steps: [drv('board'), drv('client')],
      places: [{ builder: 'ssh-ng://me@lab1', count: 1, resource: 'can-adapter' }],
      hosts: 'distinct',
    },
  };
  const lines = told((terminal) =>
    showFailures(resultsOf({ board: unfit, client: unfit }), tally, terminal),
  );
  expect(lines.slice(0, 3)).toEqual([
    'error: group hil 3f9a2c1b can never have its places at once',
    '  board, client need 2 places at once, on different machines:',
    '  ssh-ng://me@lab1 has room for 1 of them, for want of can-adapter',
  ]);
  const late: StepResult = { type: 'group-timeout', group: drv('hil'), queueMs: 60_000 };
  const waited = told((terminal) => showFailures(resultsOf({ board: late }), tally, terminal));
  expect(waited[0]).toBe(
    'error: group hil 3f9a2c1b waited 1 min 0 s for its places, as long as its policy lets it',
  );
});

test('in JSON: what is not known is null', () => {
  const [group] = tallyOf([planned, places, failed]).groups.values();
  expect(groupJson(group!)).toMatchObject({
    id: '3f9a2c1b'.repeat(8),
    name: 'hil',
    outcome: 'failed',
    cause: { member: 'client' },
    members: [
      { name: 'board', builder: 'ssh-ng://me@lab1', outcome: 'stopped', durationMs: 4200 },
      { name: 'client', builder: 'auto', outcome: 'failed', durationMs: 3000 },
    ],
  });
  const [waiting] = tallyOf([planned]).groups.values();
  expect(groupJson(waiting!)).toMatchObject({ outcome: null, cause: null, logFile: null });
});
