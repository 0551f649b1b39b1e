import type { LiveState, LiveStep, Stage } from './live-state.ts';

/** Whether it is still to be built, or being built. */
export function isOpen({ stage }: LiveStep): boolean {
  return stage === 'waiting' || stage === 'running';
}

/** Takes a step from where it stands to where it stands now, in all that is counted. */
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

/** What a step that is to be built adds to what is left, or takes away from it when it is over. */
export function countWork(state: LiveState, { expectedMs }: LiveStep, by: 1 | -1): void {
  if (expectedMs === undefined) state.unremembered += by;
  else state.remembered += by;
  state.remainingMs += by * (expectedMs ?? 0);
}

/** Counts a step where it stands. */
export function count({ counts }: LiveState, { stage, waitsFor }: LiveStep, by: 1 | -1): void {
  if (stage === 'running') return;
  counts[stage] += by;
  if (stage === 'waiting' && waitsFor === 0) counts.ready += by;
}
