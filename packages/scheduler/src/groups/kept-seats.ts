import type { Attempt, Builder } from '../farm.ts';
import { expectedMs } from '../load.ts';
import { type BuilderSeeking, freeFor, seekingOf, workingFor } from './candidates.ts';
import { type Capacity, capacityOf, freeCapacity, most, nothing, plus } from './capacity.ts';
import { findSeats } from './find-seats.ts';
import type { Group, Keeping, Manner } from './group.ts';

/** What each builder is to keep free. */
export type Shares = ReadonlyMap<Builder, Capacity>;

/** Builds that were let in where slots are kept: they end soon, so their slots count as free. */
export type Fillers = ReadonlySet<Attempt>;

/**
 * The places where all members are expected to have slots soonest, if every build takes as long as
 * remembered; undefined where there are none at all.
 */
export function soonestShares(group: Group, manner: Manner, fillers: Fillers): Shares | undefined {
  const durations = durationsFor(group, manner);
  let [first, last] = [0, durations.length - 1];
  while (first < last) {
    const middle = (first + last) >> 1;
    if (sharesWithin(group, manner, fillers, durations[middle] ?? 0)) last = middle;
    else first = middle + 1;
  }
  return sharesWithin(group, manner, fillers, durations[first] ?? 0);
}

/** The times in milliseconds after which a slot may become free, beginning with 0. */
function durationsFor(group: Group, manner: Manner): number[] {
  const builders = new Set(group.members.flatMap((member) => workingFor(member, manner)));
  const durations = [...builders].flatMap(({ attempts }) => [...attempts].map(expectedMs));
  return [...new Set([0, ...durations])].toSorted((a, b) => a - b);
}

function sharesWithin(
  group: Group,
  manner: Manner,
  fillers: Fillers,
  ms: number,
): Shares | undefined {
  const found = seekingOf(
    group,
    (member) => workingFor(member, manner),
    (builder) => {
      const now = freeBesides(builder, manner, fillers);
      const ending = others(builder, fillers).filter((attempt) => expectedMs(attempt) <= ms);
      return { now, later: plus(now, capacityOf(builder, ending)) };
    },
  );
  return sharesOf(found, group.members.length);
}

/**
 * Shares that leave as few slots to wait for as possible. Those not free now are all among the
 * present shares, so nothing new is waited for.
 */
export function nearestShares(
  { group, shares, fillers }: Keeping,
  manner: Manner,
): Shares | undefined {
  const found = seekingOf(
    group,
    (member) => freeFor(member, group, manner, [...shares.keys()]),
    (builder) => {
      const now = freeBesides(builder, manner, fillers);
      return { now, later: most(now, shares.get(builder) ?? nothing) };
    },
  );
  for (let late = 0; late <= group.members.length; late += 1) {
    const nearest = sharesOf(found, late);
    if (nearest !== undefined) return nearest;
  }
  return undefined;
}

function sharesOf({ seeking, builders }: BuilderSeeking, mostLate: number): Shares | undefined {
  const seats = findSeats(seeking, mostLate);
  if (seats === undefined) return undefined;
  const shares = new Map<Builder, Capacity>();
  for (const [member, place] of seats.places.entries()) {
    const builder = builders[place];
    if (builder === undefined) continue;
    const features = seeking.seekers[member]?.features ?? [];
    shares.set(builder, withOneMore(shares.get(builder) ?? nothing, features));
  }
  return shares;
}

function withOneMore({ slots, units }: Capacity, features: readonly string[]): Capacity {
  const more = features.map((feature): [string, number] => [
    feature,
    (units.get(feature) ?? 0) + 1,
  ]);
  return { slots: slots + 1, units: new Map([...units, ...more]) };
}

function freeBesides(builder: Builder, manner: Manner, fillers: Fillers): Capacity {
  const filling = [...builder.attempts].filter((attempt) => fillers.has(attempt));
  return plus(freeCapacity(builder, manner, nothing), capacityOf(builder, filling));
}

/** The builder's attempts that have to be waited for. */
function others({ attempts }: Builder, fillers: Fillers): Attempt[] {
  return [...attempts].filter((attempt) => !fillers.has(attempt));
}
