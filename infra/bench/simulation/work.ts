import type { StepId } from '@dispatch/scheduler/event';

/** One build of a simulated run. */
export interface Job {
  readonly id: StepId;
  readonly name: string;
  readonly dependencies: readonly StepId[];
  /** On a machine of speed 1, copies not counted. */
  readonly durationMs: number;
  /** What it took the last time, which is never quite the same. */
  readonly rememberedMs: number;
  readonly outputBytes: number;
}

/** For each job the longest way from it to an end of the graph; jobs come after their dependencies. */
export function longestWays(
  jobs: readonly Job[],
  lengthOf: (job: Job) => number,
): ReadonlyMap<StepId, number> {
  const ways = new Map<StepId, number>();
  for (const job of jobs.toReversed()) {
    const way = (ways.get(job.id) ?? 0) + lengthOf(job);
    ways.set(job.id, way);
    for (const dependency of job.dependencies) {
      ways.set(dependency, Math.max(ways.get(dependency) ?? 0, way));
    }
  }
  return ways;
}
