import { speedAt } from './capability.ts';
import type { Attempt, Builder, Needs } from './farm.ts';
import type { Capacity } from './groups/capacity.ts';
import { resourcesTaken } from './resources.ts';
import { isOnProbation } from './strikes.ts';

/** Whether the builder may be given what asks for this, which it can meet, at once, and keep what it keeps. */
export function isFreeFor(builder: Builder, needs: Needs, keeps: Capacity = builder.kept): boolean {
  return (
    takesWork(builder) &&
    builder.attempts.size + keeps.slots < slotsOf(builder) &&
    resourcesTaken(builder, needs, keeps).length === 0
  );
}

/** Whether it is given anything at all. */
export function takesWork({ status, isDrained }: Builder): boolean {
  return status.type === 'up' && !isDrained;
}

/** How many builds it may do at a time as things are. */
export function slotsOf(builder: Builder): number {
  return isOnProbation(builder) ? 1 : builder.offer.slots;
}

/**
 * How many times as long a build takes there as on an idle machine of speed 1: on one that is almost
 * full twice as long as on the same one idle, since builds share its processors, disks and memory.
 */
export function slowness({ attempts, offer }: Builder, needs: Needs): number {
  return (1 + attempts.size / offer.slots) / speedAt(offer, needs);
}

/**
 * How many times as long as on an idle machine of speed 1 a build takes that gets the next free slot
 * of a full one.
 */
export function slownessWhenFull({ offer }: Builder, needs: Needs): number {
  return (2 - 1 / offer.slots) / speedAt(offer, needs);
}

/** How many of the builder's attempts are expected to end in a millisecond, whenever they began. */
export function endsPerMs({ attempts }: Builder): number {
  let sum = 0;
  for (const attempt of attempts) sum += 1 / Math.max(1, expectedMs(attempt));
  return sum;
}

/** How long the attempt is expected to take from its start to its end. */
export function expectedMs({ step, choice }: Attempt): number {
  return step.weight * choice.slowness;
}

/** Whether it takes only what no other has a free slot for. */
export function isReserve({ offer }: Builder): boolean {
  return offer.isReserve === true;
}

/** Orders builders that are free for what asks for this: reserves last, then by slowness, then first come. */
export function compareLoad(a: Builder, b: Builder, needs: Needs): number {
  return (
    Number(isReserve(a)) - Number(isReserve(b)) ||
    slowness(a, needs) - slowness(b, needs) ||
    a.order - b.order
  );
}
