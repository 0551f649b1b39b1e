import type { LiveState } from './live-state.ts';

/** How much longer it will take. */
export interface Estimate {
  readonly milliseconds: number;
  /** Whether there are steps that nobody remembers, so that it may well take longer. */
  readonly isLeast: boolean;
}

/**
 * When the run will be over, from what its steps took the last time: no sooner than all builders
 * together can do what is left, and no sooner than what waits longest for something that runs.
 * Undefined when fewer than half of the steps are remembered.
 */
export function estimate(state: LiveState, now: number): Estimate | undefined {
  if (state.remembered === 0 || state.remembered < state.unremembered) return undefined;
  let work = state.remainingMs;
  let longest = 0;
  for (const { attempt, expectedMs, tailMs } of state.running) {
    // What is expected begins when the inputs are there.
    const since = attempt === undefined || attempt.copy !== undefined ? now : attempt.startedAt;
    const passed = Math.min(expectedMs ?? 0, now - since);
    work -= passed;
    longest = Math.max(longest, tailMs - passed);
  }
  const slots = [...state.slots.values()].reduce((sum, some) => sum + some, 0);
  const atOnce = Math.max(1, slots, state.running.size);
  return { milliseconds: Math.max(work / atOnce, longest), isLeast: state.unremembered > 0 };
}
