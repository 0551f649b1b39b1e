import type { LiveState, LiveStep, Stage } from './live-state.ts';

/** Whether a step is still to be built, or being built. */
export function isOpen({ stage }: LiveStep): boolean {
  return stage === 'waiting' || stage === 'running';
}

/** Moves a step to another stage, in all that is counted. */
export function move(state: LiveState, step: LiveStep, to: Stage): void {
  count(state, step, -1);
  if (to === 'running') state.running.add(step);
  else {
    state.running.delete(step);
    step.attempt = undefined;
  }
  if (to === 'failed') state.failed.push(step);
  step.stage = to;
  count(state, step, 1);
}

/** Moves a step that ran back to those that wait. */
export function moveBack(state: LiveState, step: LiveStep): void {
  if (step.stage === 'running') move(state, step, 'waiting');
}

/** Adds a step to the work that is left, or takes it away when the step is over. */
export function countWork(state: LiveState, { expectedMs }: LiveStep, by: 1 | -1): void {
  if (expectedMs === undefined) state.unremembered += by;
  else state.remembered += by;
  state.remainingMs += by * (expectedMs ?? 0);
}

/** Adds a step to the counts of its stage, or takes it away. */
export function count({ counts }: LiveState, { stage, waitsFor }: LiveStep, by: 1 | -1): void {
  if (stage === 'running') return;
  counts[stage] += by;
  if (stage === 'waiting' && waitsFor === 0) counts.ready += by;
}
