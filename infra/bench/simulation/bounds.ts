import type { BuilderOffer, StepId } from '@dispatch/scheduler/event';
import { type Job, longestWays } from './work.ts';

/** Two lengths that no schedule can be shorter than, in milliseconds; copies are left out of both. */
export interface Bounds {
  /** All work on all slots, or the longest chain on the fastest machine, whichever is longer. */
  readonly usual: number;
  /**
   * Takes chains into account, too: work that cannot begin before a chain has come so far, and that is followed
   * by more, shares all slots from there on. This is what a serial beginning, as in every package set, costs any
   * scheduler.
   */
  readonly sharper: number;
}

/** Jobs come after their dependencies. */
export function boundsOf(jobs: readonly Job[], offers: readonly BuilderOffer[]): Bounds {
  const fastest = Math.max(...offers.map(({ speedFactor }) => speedFactor));
  const capacity = sum(offers.map(({ slots, speedFactor }) => slots * speedFactor));
  const work = sum(jobs.map(({ durationMs }) => durationMs));
  const ways = longestWays(jobs, ({ durationMs }) => durationMs / fastest);
  const usual = Math.max(work / capacity, longest(ways));
  return { usual, sharper: Math.max(usual, sharperBound(jobs, ways, fastest, capacity)) };
}

function sharperBound(
  jobs: readonly Job[],
  ways: ReadonlyMap<StepId, number>,
  fastest: number,
  capacity: number,
): number {
  const starts = earliestStarts(jobs, fastest);
  const startOf = ({ id }: Job): number => starts.get(id) ?? 0;
  let bound = 0;
  let work = 0;
  let shortestEnd = Infinity;
  for (const job of jobs.toSorted((a, b) => startOf(b) - startOf(a))) {
    work += job.durationMs;
    shortestEnd = Math.min(shortestEnd, (ways.get(job.id) ?? 0) - job.durationMs / fastest);
    bound = Math.max(bound, startOf(job) + work / capacity + shortestEnd);
  }
  return bound;
}

function earliestStarts(jobs: readonly Job[], fastest: number): ReadonlyMap<StepId, number> {
  const ends = new Map<StepId, number>();
  const starts = new Map<StepId, number>();
  for (const { id, dependencies, durationMs } of jobs) {
    const start = Math.max(0, ...dependencies.map((dependency) => ends.get(dependency) ?? 0));
    starts.set(id, start);
    ends.set(id, start + durationMs / fastest);
  }
  return starts;
}

function longest(ways: ReadonlyMap<StepId, number>): number {
  return [...ways.values()].reduce((most, way) => Math.max(most, way), 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
