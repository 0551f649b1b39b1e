import { isStarved } from './demands.ts';
import type { RunId, StepId } from './event.ts';
import type { Demand, Farm } from './farm.ts';
import { obstaclesFor } from './obstacles.ts';
import type { BuilderObstacles } from './result.ts';
import type { SchedulerState } from './state.ts';

/** Steps of one run that could start now, were it not for builders that somebody took out of use. */
export interface HeldUp {
  readonly run: RunId;
  /** So many there are. */
  readonly count: number;
  /** Some of them, the most urgent first. */
  readonly steps: readonly StepId[];
  /** Why each builder does not take them. */
  readonly obstacles: readonly BuilderObstacles[];
}

/**
 * What waits until somebody puts a builder back to use: of those that are fit, none takes work, and
 * some are drained. At most so many steps of each are named.
 */
export function heldUp(state: SchedulerState, mostSteps: number): HeldUp[] {
  const farm = state.look();
  if (![...farm.builders.values()].some(({ isDrained }) => isDrained)) return [];
  return [...farm.demands.values()]
    .filter(isHeldUp)
    .flatMap((demand) => heldOf(farm, demand, mostSteps));
}

function isHeldUp(demand: Demand): boolean {
  return isStarved(demand) && [...demand.eligible].some(({ isDrained }) => isDrained);
}

function heldOf(farm: Farm, demand: Demand, mostSteps: number): HeldUp[] {
  const obstacles = obstaclesFor(farm, demand);
  return [...demand.queues.values()].map(({ run, steps }) => ({
    run: run.id,
    count: steps.size,
    steps: steps.firstFew(mostSteps, () => true).map(({ id }) => id),
    obstacles,
  }));
}
