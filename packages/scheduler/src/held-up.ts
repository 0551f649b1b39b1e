import { isStarved } from './demands.ts';
import type { RunId, StepId } from './event.ts';
import type { Demand, Farm } from './farm.ts';
import type { Group } from './groups/group.ts';
import { missedBy, starvedGroups } from './groups/outlook.ts';
import { obstaclesFor, passingObstacles } from './obstacles.ts';
import type { BuilderObstacles } from './result.ts';
import type { SchedulerState } from './state.ts';

/** Steps of one run, or a group of it, that could start now, were it not for builders that somebody took out of use. */
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
  const steps = [...farm.demands.values()]
    .filter(isHeldUp)
    .flatMap((demand) => heldOf(farm, demand, mostSteps));
  const groups = [...starvedGroups(farm)].flatMap((group) => heldGroup(group, mostSteps));
  return [...steps, ...groups];
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

/** Other builders may be at work for some of its members, but not for all. */
function heldGroup(group: Group, mostSteps: number): HeldUp[] {
  const missed = [...missedBy(group)];
  if (!missed.some(({ isDrained }) => isDrained)) return [];
  const obstacles = missed.map((builder) => ({
    builder: builder.offer.name,
    obstacles: passingObstacles(builder),
  }));
  const steps = group.members.slice(0, mostSteps).map(({ step }) => step.id);
  const count = group.members.length;
  return group.lead.runs.map(({ id }) => ({ run: id, count, steps, obstacles }));
}
