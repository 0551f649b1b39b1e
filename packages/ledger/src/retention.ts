import type { AttemptState } from './group-attempt.ts';

/** How much of the past is kept. */
export interface Retention {
  readonly runs: number;
  /** Steps of all kept runs together. */
  readonly steps: number;
  /** Built outputs (see `BuiltOutputs`). */
  readonly outputs: number;
  /** Attempts of groups; when there are more, a twentieth of this number is dropped at once. */
  readonly attempts: number;
}

/** About 300 MB on disk when it is full. */
export const usualRetention: Retention = {
  runs: 1000,
  steps: 100_000,
  outputs: 200_000,
  attempts: 10_000,
};

/** What retention needs to know of a run. */
export interface KeptRun {
  readonly stepCount: number;
  readonly running: boolean;
}

/**
 * The runs to drop so that the limits are kept: the oldest first, but never one that is still
 * running, and never the newest. `all` counts everything that is there; `oldestFirst` is read no
 * further than necessary.
 */
export function* runsToDrop<Run extends KeptRun>(
  oldestFirst: Iterable<Run>,
  all: Pick<Retention, 'runs' | 'steps'>,
  keep: Retention,
): Iterable<Run> {
  let { runs, steps } = all;
  let later = runs;
  for (const run of oldestFirst) {
    later -= 1;
    if (later === 0 || (runs <= keep.runs && steps <= keep.steps)) return;
    if (run.running) continue;
    runs -= 1;
    steps -= run.stepCount;
    yield run;
  }
}

/** What retention needs to know of an attempt. */
export interface KeptAttempt {
  readonly key: string;
  readonly isTrial: boolean;
  readonly state: AttemptState;
}

/**
 * The attempts to drop: the oldest first, of those on which no result depends, then of all that do
 * not run. Results that are used without being built again depend on the last commit of each group;
 * a trial's serves nobody. Finding this out takes a look at all attempts, so room is made for more
 * than one.
 */
export function attemptsToDrop<Attempt extends KeptAttempt>(
  oldestFirst: readonly Attempt[],
  keep: Retention,
): readonly Attempt[] {
  if (oldestFirst.length <= keep.attempts) return [];
  const surplus = oldestFirst.length - keep.attempts + Math.floor(keep.attempts / 20);
  const served = new Map<string, Attempt>();
  for (const attempt of oldestFirst) if (isServed(attempt)) served.set(attempt.key, attempt);
  const commits = new Set(served.values());
  const ended = oldestFirst.filter(({ state }) => state !== 'running');
  const idle = ended.filter((attempt) => !commits.has(attempt));
  return [...idle, ...ended.filter((attempt) => commits.has(attempt))].slice(0, surplus);
}

function isServed({ state, isTrial }: KeptAttempt): boolean {
  return state === 'committed' && !isTrial;
}
