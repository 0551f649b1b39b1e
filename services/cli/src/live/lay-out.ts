import type { RunPlanned, StepOutlook } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { forgetLost, planGroup } from './groups.ts';
import type { LiveState, LiveStep } from './live-state.ts';
import { count, countWork, isOpen, move } from './stage.ts';

/**
 * The state after a plan: the first one, or a further one of the same build, with what is known already
 * and more. Steps of a further plan that came to nothing are tried again. This is the only event whose
 * cost grows with the number of all steps, and it is rare.
 */
export function layOut(
  state: LiveState,
  { steps: outlooks, groups }: RunPlanned,
  time: number,
): LiveState {
  forgetLost(state, groups);
  const steps = new Map(state.plan?.steps);
  const news = outlooks.filter(({ rewritten }) => !steps.has(rewritten));
  for (const { rewritten } of outlooks) reopen(state, steps.get(rewritten));
  for (const outlook of news) steps.set(outlook.rewritten, fresh(outlook, state.serials));
  for (const { rewritten, dependencies } of news) join(rewritten, dependencies, steps);
  // Inputs come first; so from the end on, the dependants of a step are ranked before it.
  for (const step of [...steps.values()].toReversed()) rank(step);
  for (const { rewritten } of news) enter(state, steps.get(rewritten));
  state.plan = { steps };
  for (const group of groups) planGroup(state, group, time);
  return state;
}

function reopen(state: LiveState, step: LiveStep | undefined): void {
  if (step === undefined || isOpen(step) || step.stage === 'built') return;
  const at = state.failed.indexOf(step);
  if (at !== -1) state.failed.splice(at, 1);
  move(state, step, 'waiting');
  countWork(state, step, 1);
}

function enter(state: LiveState, step: LiveStep | undefined): void {
  if (step === undefined) return;
  count(state, step, 1);
  countWork(state, step, 1);
}

function fresh(
  { rewritten, name, expectedMs }: StepOutlook,
  serials: ReadonlyMap<StorePath, number>,
): LiveStep {
  return {
    path: rewritten,
    name,
    serial: serials.get(rewritten),
    expectedMs,
    tailMs: 0,
    dependants: [],
    stage: 'waiting',
    waitsFor: 0,
    attempt: undefined,
    group: undefined,
  };
}

function join(
  path: StorePath,
  dependencies: readonly StorePath[],
  steps: ReadonlyMap<StorePath, LiveStep>,
): void {
  const step = steps.get(path);
  if (step === undefined) return;
  for (const dependency of dependencies) {
    const needed = steps.get(dependency);
    if (needed === undefined) continue;
    needed.dependants.push(step);
    if (needed.stage !== 'built') step.waitsFor += 1;
  }
}

function rank(step: LiveStep): void {
  step.dependants.sort((a, b) => b.tailMs - a.tailMs);
  step.tailMs = (step.expectedMs ?? 0) + 1 + (step.dependants[0]?.tailMs ?? 0);
}
