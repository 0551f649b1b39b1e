import type { RunEvent } from '@dispatch/engine/events';
import { expect, test } from 'vitest';
import { KnownRun } from '../src/runs/known-run.ts';
import { RunHistory } from '../src/runs/run-history.ts';
import { drvPath, order, runId } from './support/order.ts';

const started: RunEvent = { type: 'step-started', step: drvPath, name: 'x', builder: 'b' };
const phase = (name: string): RunEvent => ({ type: 'step-phase', step: drvPath, phase: name });
const line = (text: string): RunEvent => ({
  type: 'step-log',
  step: drvPath,
  name: 'x',
  line: text,
});
const copied = (bytes: number): RunEvent => ({
  type: 'copy-progress',
  copy: 1,
  from: 'a',
  to: 'b',
  step: undefined,
  path: drvPath,
  pathsDone: 0,
  pathsTotal: 1,
  bytesDone: bytes,
  bytesTotal: 1000,
});

test('who comes late hears how things stand, and not how they came to stand so', () => {
  const history = new RunHistory();
  history.add(started);
  for (let at = 0; at < 1000; at += 1) {
    history.add(phase(`phase ${at}`));
    history.add(line('a line'));
    history.add(copied(at));
  }
  const kept = [...history.since(0)].map(({ event }) => event);
  expect(kept).toEqual([started, phase('phase 999'), copied(999)]);
  history.add({ type: 'copy-ended', copy: 1, outcome: 'arrived' });
  history.add(started);
  expect([...history.since(0)].map(({ event }) => event)).toEqual([started, started]);
});

test('who knows the first part hears the rest, in order', () => {
  const history = new RunHistory();
  history.add(started);
  const { seq } = history.add(phase('configure'));
  history.add(phase('build'));
  history.add({ type: 'hub-away', reason: 'gone' });
  const rest = [...history.since(seq)];
  expect(rest.map(({ event }) => event.type)).toEqual(['step-phase', 'hub-away']);
  expect(rest.map((each) => each.seq)).toEqual([seq + 1, seq + 2]);
});

test('of a group who comes late hears where it stands, where its members are, and the last that each asked', () => {
  const history = new RunHistory();
  const group = drvPath;
  const place = { member: 'board', step: drvPath, builder: 'b' };
  const reserved: RunEvent = { type: 'group-reserved', group, places: [place] };
  const began: RunEvent = { type: 'group-started', group };
  const call = (member: string, detail: string): RunEvent => {
    return { type: 'group-call', group, member, call: 'send', detail, atMs: 1 };
  };
  history.add(reserved);
  history.add(began);
  for (let at = 0; at < 1000; at += 1) history.add(call('board', `${at}`));
  history.add(call('client', 'ready'));
  const kept = (): RunEvent[] => [...history.since(0)].map(({ event }) => event);
  expect(kept()).toEqual([reserved, began, call('board', '999'), call('client', 'ready')]);
  const requeued: RunEvent = { type: 'group-requeued', group, reason: 'gone' };
  history.add(requeued);
  expect(kept()).toEqual([call('board', '999'), call('client', 'ready'), requeued]);
});

test('a run that was stopped before anything could be reported is cancelled; what failed stays so', () => {
  const [stopped, failed] = [newRun(), newRun()];
  stopped.cancel();
  for (const run of [stopped, failed]) run.end({ type: 'failed', error: { message: 'broken' } });
  failed.cancel();
  expect(stopped.status.state).toBe('cancelled');
  expect(failed.status.state).toBe('failed');
});

function newRun(): KnownRun {
  return new KnownRun({ id: runId(), order, detached: true, startedAt: 0 });
}
