/** How much of the past is kept. */
export interface Retention {
  readonly runs: number;
  /** Steps of all kept runs together. */
  readonly steps: number;
  /** Outputs of which it is known what they were when they were built. */
  readonly outputs: number;
}

/** About 300 MB on disk when it is full. */
export const usualRetention: Retention = { runs: 1000, steps: 100_000, outputs: 200_000 };

/** What retention has to know of a run. */
export interface KeptRun {
  readonly stepCount: number;
  readonly running: boolean;
}

/**
 * Which runs have to go to keep within the limits, given from the oldest to the newest: the oldest
 * first, but never one that is still running, and never the newest.
 */
export function runsToDrop<Run extends KeptRun>(
  oldestFirst: readonly Run[],
  keep: Retention,
): readonly Run[] {
  let runs = oldestFirst.length;
  let steps = oldestFirst.reduce((sum, run) => sum + run.stepCount, 0);
  const dropped: Run[] = [];
  for (const run of oldestFirst.slice(0, -1)) {
    if (runs <= keep.runs && steps <= keep.steps) break;
    if (run.running) continue;
    dropped.push(run);
    runs -= 1;
    steps -= run.stepCount;
  }
  return dropped;
}
