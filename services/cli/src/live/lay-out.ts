import type { StepOutlook } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import type { LiveState, LiveStep } from './live-state.ts';

/** Takes the plan in; the only thing whose cost grows with all steps, and it comes once. */
export function layOut(state: LiveState, outlooks: readonly StepOutlook[]): LiveState {
  const steps = new Map<StorePath, LiveStep>();
  for (const outlook of outlooks) steps.set(outlook.rewritten, fresh(outlook, state.serials));
  for (const { rewritten, dependencies } of outlooks) join(rewritten, dependencies, steps);
  // Inputs come first; so from the end on, all that waits for a step is known before it.
  for (const step of [...steps.values()].toReversed()) rank(step);
  for (const step of steps.values()) {
    state.counts.waiting += 1;
    if (step.waitsFor === 0) state.counts.ready += 1;
    if (step.expectedMs === undefined) state.unremembered += 1;
    else state.remembered += 1;
    state.remainingMs += step.expectedMs ?? 0;
  }
  state.plan = { steps };
  return state;
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
    step.waitsFor += 1;
  }
}

function rank(step: LiveStep): void {
  step.dependants.sort((a, b) => b.tailMs - a.tailMs);
  step.tailMs = (step.expectedMs ?? 0) + 1 + (step.dependants[0]?.tailMs ?? 0);
}
