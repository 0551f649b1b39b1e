import type { RunEvent } from '@dispatch/engine/events';
import type { RunReport } from '@dispatch/engine/report/run-report';
import type { StepResult } from '@dispatch/scheduler/result';
import { expect, test } from 'vitest';
import { MergedEvents } from '../src/eval-jobs/merged-events.ts';
import { mergeReports } from '../src/eval-jobs/merged-report.ts';
import {
  befell,
  copying,
  drv,
  ended,
  logged,
  plan,
  planWith,
  ready,
  started,
} from './live-histories.ts';

function merged(...events: readonly (readonly [string, RunEvent])[]): (RunEvent | undefined)[] {
  const merge = new MergedEvents();
  return events.map(([run, event]) => merge.merge(run, event));
}

test('of a step that two runs share the first tells, from its beginning to its end', () => {
  const both = plan({ a: [] });
  const told = merged(
    ['one', both],
    ['one', started('a')],
    ['two', both],
    ['two', started('a')],
    ['two', logged('a', 'late')],
    ['one', logged('a', 'line')],
    ['one', ended('a')],
    ['two', ended('a')],
  );
  expect(told).toEqual([
    both,
    started('a'),
    both,
    undefined,
    undefined,
    logged('a', 'line'),
    ended('a'),
    undefined,
  ]);
});

test('what failed is told of by the run that has it tried anew', () => {
  const told = merged(
    ['one', plan({ a: [] })],
    ['one', ended('a', 'failed')],
    ['two', plan({ a: [] })],
    ['two', started('a')],
    ['two', ended('a')],
  );
  expect(told.slice(3)).toEqual([started('a'), ended('a')]);
});

test('of a group that two runs share one of them tells, and of one that failed whoever tries it anew', () => {
  const both = planWith(plan({ a: [], b: ['a'] }), { b: ['a'] });
  const begun = befell('b', 'group-started');
  const over = befell('b', 'group-ended');
  const failed = { ...over, outcome: 'failed' } as RunEvent;
  const told = merged(
    ['one', both],
    ['two', both],
    ['two', begun],
    ['one', begun],
    ['one', failed],
    ['two', both],
    ['two', begun],
    ['one', over],
  );
  expect(told.slice(2)).toEqual([undefined, begun, failed, both, begun, undefined]);
});

test('copies of several runs are told apart', () => {
  const over = { type: 'copy-ended', copy: 1, outcome: 'arrived' } as const;
  const told = merged(
    ['one', copying(1, 'a', 0)],
    ['two', copying(1, 'b', 0)],
    ['one', over],
    ['two', over],
    ['one', copying(1, 'c', 0)],
  );
  expect(told.map((event) => event && 'copy' in event && event.copy)).toEqual([1, 2, 1, 2, 3]);
});

test('which drained machines are waited for is told once, and that a step was moved by one run', () => {
  const heldUp = { type: 'held-up', name: 'a', more: 0, builders: ['far'] } as const;
  const over = { type: 'held-up-over' } as const;
  const moved = { type: 'attempt-moved', step: drv('a'), name: 'a', builder: 'far' } as const;
  const told = merged(
    ['one', heldUp],
    ['two', { ...heldUp, name: 'b' }],
    ['one', over],
    ['two', heldUp],
    ['one', moved],
    ['two', moved],
  );
  expect(told).toEqual([heldUp, undefined, over, heldUp, moved, undefined]);
});

test('what holds for all runs is told once, until it changes', () => {
  const away: RunEvent = { type: 'hub-away', reason: 'gone' };
  const unusable: RunEvent = { type: 'builder-unusable', builder: 'far', reason: 'gone' };
  const nothing = plan({});
  const poison: RunEvent = {
    type: 'poison-found',
    poisoned: [
      { original: drv('a'), rewritten: drv('b'), serial: 1, reason: undefined, author: undefined },
    ],
  };
  const events = [away, unusable, { type: 'hub-back' } as const, poison, nothing];
  const one = events.map((event) => ['one', event] as const);
  const two = events.map((event) => ['two', event] as const);
  expect(merged(one[0]!, two[0]!, one[1]!, two[1]!, one[2]!, two[2]!)).toEqual([
    away,
    undefined,
    unusable,
    undefined,
    undefined,
    { type: 'hub-back' },
  ]);
  expect(merged(one[1]!, ['two', ready('far', 1)], two[1]!)[2]).toEqual(unusable);
  expect(merged(one[3]!, two[3]!, one[4]!)).toEqual([poison, undefined, undefined]);
});

function report(run: string, results: Readonly<Record<string, StepResult>>): RunReport {
  const steps = Object.keys(results).map((name) => {
    return { original: drv(name), rewritten: drv(name), name, system: 's', outputs: [] };
  });
  return {
    run,
    outcome: 'failed',
    roots: [],
    steps,
    substitutes: [],
    present: 0,
    results: new Map(Object.entries(results).map(([name, result]) => [drv(name), result])),
    links: [],
    uncollected: [{ path: drv('x'), reason: run }],
  };
}

test('of several results of a step the one counts that says most; what others stopped was given up', () => {
  const good: StepResult = { type: 'succeeded', builder: 'one', attempt: 1 };
  const bad: StepResult = { ...good, type: 'failed', status: 'PermanentFailure', message: '' };
  const stopped: StepResult = { type: 'cancelled', because: 'run-cancelled' };
  const { steps, results, uncollected, outcome } = mergeReports(
    [report('one', { a: bad, b: bad, c: stopped }), report('two', { a: good, b: stopped })],
    'failed',
  );
  expect(outcome).toBe('failed');
  expect(steps.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  expect([...results.values()]).toEqual([good, bad, { ...stopped, because: 'run-failed' }]);
  expect(uncollected).toHaveLength(1);
});
