import type { Attempt, Builder } from '../farm.ts';
import { slotsOf } from '../load.ts';
import type { Manner } from './group.ts';

/** Slots of one builder, and units of its resources. */
export interface Capacity {
  readonly slots: number;
  readonly units: ReadonlyMap<string, number>;
}

export const nothing: Capacity = { slots: 0, units: new Map() };

/** Everything that the builder has, even if in use. */
export function wholeCapacity(builder: Builder, manner: Manner): Capacity {
  const { slots, resources = {} } = builder.offer;
  return {
    slots: manner === 'lax' ? slots : slotsOf(builder),
    units: new Map(Object.entries(resources)),
  };
}

/** What no attempt there uses, less what the builder is to keep free. */
export function freeCapacity(builder: Builder, manner: Manner, keeps: Capacity): Capacity {
  const used = { slots: builder.attempts.size, units: builder.unitsTaken };
  return less(less(wholeCapacity(builder, manner), used), keeps);
}

/** What these attempts of the builder use. */
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

/** The sum of both. */
export function plus(capacity: Capacity, other: Capacity): Capacity {
  return merge(capacity, other, (a, b) => a + b);
}

/** The larger amount of each. */
export function most(capacity: Capacity, other: Capacity): Capacity {
  return merge(capacity, other, Math.max);
}

/** Joins two capacities; what only `other` has is left out, since the builder has none of it. */
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
