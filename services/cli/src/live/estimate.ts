import type { LiveState } from './live-state.ts';

/** How much longer a run will take. */
export interface Estimate {
  readonly milliseconds: number;
  /** Whether the durations of some steps are unknown, so that it may well take longer. */
  readonly isLeast: boolean;
}

/**
 * How much longer the run will take, by what its steps took the last time: as long as all builders
 * together need for what is left or, if that is more, as the longest chain of steps that begins with a
 * running one. Undefined when the durations of fewer than half of the steps are known.
 */
export function estimate(state: LiveState, now: number): Estimate | undefined {
  if (state.remembered === 0 || state.remembered < state.unremembered) return undefined;
  let work = state.remainingMs;
  let longest = 0;
  for (const { attempt, expectedMs, tailMs } of state.running) {
    // The expected duration begins when the inputs are there.
    const since = attempt === undefined || attempt.copy !== undefined ? now : attempt.startedAt;
    const passed = Math.min(expectedMs ?? 0, now - since);
    work -= passed;
    longest = Math.max(longest, tailMs - passed);
  }
  const slots = [...state.slots.values()].reduce((sum, some) => sum + some, 0);
  const atOnce = Math.max(1, slots, state.running.size);
  return { milliseconds: Math.max(work / atOnce, longest), isLeast: state.unremembered > 0 };
}
