import { speedAt } from './capability.ts';
import type { Attempt, Builder, Needs } from './farm.ts';
import type { Capacity } from './groups/capacity.ts';
import { resourcesTaken } from './resources.ts';
import { isOnProbation } from './strikes.ts';

/** Whether the builder can start a step with these needs at once and still keep `keeps` free. */
export function isFreeFor(builder: Builder, needs: Needs, keeps: Capacity = builder.kept): boolean {
  return (
    takesWork(builder) &&
    builder.attempts.size + keeps.slots < slotsOf(builder) &&
    resourcesTaken(builder, needs, keeps).length === 0
  );
}

/** Whether it is given any work at all. */
export function takesWork({ status, isDrained }: Builder): boolean {
  return status.type === 'up' && !isDrained;
}

/** How many builds it may run at a time now. */
export function slotsOf(builder: Builder): number {
  return isOnProbation(builder) ? 1 : builder.offer.slots;
}

/**
 * How many times as long a build takes there as on an idle machine of speed 1. Builds share
 * processors, disks and memory, so an almost full machine takes twice as long as the same one idle.
 */
export function slowness({ attempts, offer }: Builder, needs: Needs): number {
  return (1 + attempts.size / offer.slots) / speedAt(offer, needs);
}

/**
 * The slowness for the build that gets the next free slot of a full machine, relative to an idle
 * machine of speed 1.
 */
export function slownessWhenFull({ offer }: Builder, needs: Needs): number {
  return (2 - 1 / offer.slots) / speedAt(offer, needs);
}

/** The expected number of the builder's attempts that end in a millisecond, whenever they began. */
export function endsPerMs({ attempts }: Builder): number {
  let sum = 0;
  for (const attempt of attempts) sum += 1 / Math.max(1, expectedMs(attempt));
  return sum;
}

/** Milliseconds that the attempt is expected to take from its start to its end. */
export function expectedMs({ step, choice }: Attempt): number {
  return step.weight * choice.slowness;
}

/** Whether it is only used for steps that no other builder has a free slot for. */
export function isReserve({ offer }: Builder): boolean {
  return offer.isReserve === true;
}

/** Orders the free builders for these needs: reserves last, then by slowness, then by arrival. */
export function compareLoad(a: Builder, b: Builder, needs: Needs): number {
  return (
    Number(isReserve(a)) - Number(isReserve(b)) ||
    slowness(a, needs) - slowness(b, needs) ||
    a.order - b.order
  );
}
