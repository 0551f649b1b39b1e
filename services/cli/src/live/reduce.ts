import type { RunEvent, StepEnded } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import { isGroupEvent } from '../show/group-event.ts';
import { endCopy, progressCopy } from './copies.ts';
import { memberStep, reduceGroup } from './groups.ts';
import { layOut } from './lay-out.ts';
import type { LiveState, LiveStep, Stage } from './live-state.ts';
import { countWork, isOpen, move, moveBack } from './stage.ts';

/** Characters of a line that are kept: no terminal shows more, and a line may be megabytes long. */
const keptLength = 2000;

/**
 * The state after an event. The cost grows with what the event says (and, for a step that ends, with its
 * dependants), not with the number of steps. `time` is in Unix milliseconds.
 */
export function reduce(state: LiveState, event: RunEvent, time: number): LiveState {
  if (isGroupEvent(event)) {
    return event.type === 'group-call' ? noteCall(state, event) : reduceGroup(state, event, time);
  }
  switch (event.type) {
    case 'poison-found':
      for (const { rewritten, serial } of event.poisoned) state.serials.set(rewritten, serial);
      return state;
    case 'builder-called':
      state.called.add(event.builder);
      return state;
    case 'builder-ready':
      state.called.delete(event.builder);
      state.slots.set(event.builder, event.slots);
      return state;
    case 'builder-unusable':
      state.called.delete(event.builder);
      state.slots.delete(event.builder);
      return state;
    case 'planned':
      return layOut(state, event, time);
    case 'step-started':
      return start(state, event.step, event.builder, time);
    case 'step-phase':
      return note(state, event.step, { phase: event.phase.slice(0, keptLength) });
    case 'step-log':
      return note(state, event.step, { line: event.line.slice(0, keptLength) });
    case 'attempt-lost':
    case 'inputs-lost':
    case 'attempt-moved':
      return back(state, event.step);
    case 'step-ended':
      return end(state, event);
    case 'copy-progress':
      return progressCopy(state, event, time);
    case 'copy-ended':
      return endCopy(state, event, time);
    case 'hub-away':
      state.hubAwaySince ??= time;
      return state;
    case 'hub-back':
      state.hubAwaySince = undefined;
      return state;
    case 'step-placed':
    case 'held-up':
    case 'held-up-over':
    case 'features-missing':
    case 'output-lost':
    case 'output-uncollected':
    case 'output-collected':
    case 'log-unwritable':
    case 'record-unwritable':
    default:
      return state;
  }
}

/** A step starts. One that is over stays over, although an input that was lost may be built once more. */
function start(state: LiveState, path: StorePath, builder: string, time: number): LiveState {
  const step = state.plan?.steps.get(path);
  if (step === undefined || !isOpen(step)) return state;
  move(state, step, 'running');
  step.attempt = {
    builder,
    startedAt: time,
    phase: undefined,
    line: undefined,
    copy: undefined,
  };
  return state;
}

function note(
  state: LiveState,
  path: StorePath,
  news: { readonly phase: string } | { readonly line: string },
): LiveState {
  const attempt = state.plan?.steps.get(path)?.attempt;
  if (attempt !== undefined) Object.assign(attempt, news);
  return state;
}

function noteCall(
  state: LiveState,
  { group, member, call, detail }: Extract<RunEvent, { type: 'group-call' }>,
): LiveState {
  const step = member === undefined ? undefined : memberStep(state, group, member);
  if (step === undefined) return state;
  return note(state, step.path, { line: `${call} ${detail}`.slice(0, keptLength) });
}

function back(state: LiveState, path: StorePath): LiveState {
  const step = state.plan?.steps.get(path);
  if (step !== undefined) moveBack(state, step);
  return state;
}

function end(state: LiveState, { step: path, result }: StepEnded): LiveState {
  const step = state.plan?.steps.get(path);
  if (step === undefined || !isOpen(step)) return state;
  countWork(state, step, -1);
  move(state, step, stageAfter(result));
  if (isGood(result)) release(state, step);
  return state;
}

/** What waited for the step waits for one less. */
function release(state: LiveState, step: LiveStep): void {
  for (const dependant of step.dependants) {
    dependant.waitsFor -= 1;
    if (dependant.stage === 'waiting' && dependant.waitsFor === 0) state.counts.ready += 1;
  }
}

function stageAfter(result: StepResult): Stage {
  switch (result.type) {
    case 'succeeded':
      return 'built';
    case 'dependency-failed':
    case 'group-failed':
    case 'group-lost':
    case 'cancelled':
      return 'dropped';
    case 'group-unfit':
    case 'group-timeout':
    case 'failed':
    case 'faults-exhausted':
    case 'unsupported':
    default:
      return 'failed';
  }
}
