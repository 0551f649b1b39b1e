import { isStarved } from './demands.ts';
import type { RunId, StepId } from './event.ts';
import type { Demand, Farm } from './farm.ts';
import type { Group } from './groups/group.ts';
import { missedBy, starvedGroups } from './groups/outlook.ts';
import { obstaclesFor, passingObstacles } from './obstacles.ts';
import type { BuilderObstacles } from './result.ts';
import type { SchedulerState } from './state.ts';

/** Steps or a group of one run that could start but for builders that somebody took out of use. */
export interface HeldUp {
  readonly run: RunId;
  /** The number of these steps. */
  readonly count: number;
  /** Some of these steps, the most urgent first. */
  readonly steps: readonly StepId[];
  /** Why each builder does not take them. */
  readonly obstacles: readonly BuilderObstacles[];
}

/**
 * What waits until somebody puts a builder back into use: no builder that fits takes work, and some
 * of these are drained. Names at most `mostSteps` steps for each entry.
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

/** For a group the other builders may take some of its members, but not all at once. */
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
