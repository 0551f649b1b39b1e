import type { Attempt, Builder } from '../farm.ts';
import { slotsOf } from '../load.ts';
import type { Manner } from './group.ts';

/** Slots of one builder, and units of what else it has only so many of. */
export interface Capacity {
  readonly slots: number;
  readonly units: ReadonlyMap<string, number>;
}

export const nothing: Capacity = { slots: 0, units: new Map() };

/** All that the builder has, be it busy. */
export function wholeCapacity(builder: Builder, manner: Manner): Capacity {
  const { slots, resources = {} } = builder.offer;
  return {
    slots: manner === 'lax' ? slots : slotsOf(builder),
    units: new Map(Object.entries(resources)),
  };
}

/** What nothing that runs there has, and what it keeps for nobody else. */
export function freeCapacity(builder: Builder, manner: Manner, keeps: Capacity): Capacity {
  const used = { slots: builder.attempts.size, units: builder.unitsTaken };
  return less(less(wholeCapacity(builder, manner), used), keeps);
}

/** What some of its attempts have. */
export function capacityOf(builder: Builder, attempts: readonly Attempt[]): Capacity {
  const counted = Object.keys(builder.offer.resources ?? {});
  const users = (feature: string): number =>
    attempts.filter(({ step }) => step.demand.requiredFeatures.has(feature)).length;
  return {
    slots: attempts.length,
    units: new Map(counted.map((feature) => [feature, users(feature)])),
  };
}

function less(capacity: Capacity, other: Capacity): Capacity {
  return merge(capacity, other, (a, b) => a - b);
}

/** Both together. */
export function plus(capacity: Capacity, other: Capacity): Capacity {
  return merge(capacity, other, (a, b) => a + b);
}

/** Of each thing what the one or the other has more of. */
export function most(capacity: Capacity, other: Capacity): Capacity {
  return merge(capacity, other, Math.max);
}

/** What the first counts; what only the other does is not to be had there. */
function merge(
  capacity: Capacity,
  other: Capacity,
  join: (a: number, b: number) => number,
): Capacity {
  const units = [...capacity.units].map(([name, count]): [string, number] => [
    name,
    join(count, other.units.get(name) ?? 0),
  ]);
  return { slots: join(capacity.slots, other.slots), units: new Map(units) };
}
