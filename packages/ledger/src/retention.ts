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
 * Which runs have to go to keep within the limits, given from the oldest to the newest, with how much
 * there is in all: the oldest first, but never one that is still running, and never the newest. No
 * more runs are looked at than it takes.
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
