import type { Bonds } from './bonds.ts';
import type { Capacity } from './capacity.ts';

/** A search for places for all members at once. Members and places go by their positions. */
export interface Seeking extends Bonds {
  readonly seekers: readonly Seeker[];
  readonly places: readonly Place[];
}

/** One member. */
export interface Seeker {
  /** The places that it may have. */
  readonly places: readonly number[];
  /** The features that it requires: it takes one unit of each that is a resource. */
  readonly features: readonly string[];
  /** Its expected duration: of members with as much choice, the longest chooses first. */
  readonly weight: number;
}

/** One builder. */
export interface Place {
  /** Its capacity that is free now. */
  readonly now: Capacity;
  /** Its capacity that will be free in the end. */
  readonly later: Capacity;
  /** The cost for a member when `taken` others are to go there; the cheapest place is the best. */
  readonly cost: (member: number, taken: number) => number;
}

/** A necessary condition on the seats of some members, which can be checked quickly by counting. */
export interface Relaxation {
  readonly kind: 'slots' | 'distinct' | 'units';
  /** The resource, for `units`. */
  readonly resource: string | undefined;
  readonly members: readonly number[];
  /** How many of these members a place can have in the end. */
  readonly most: (place: Place) => number;
}

/** All conditions that can be checked by counting. */
export function relaxationsOf({ seekers, apart }: Seeking): Relaxation[] {
  const everybody = [...seekers.keys()];
  const resources = new Set(seekers.flatMap(({ features }) => features));
  return [
    { kind: 'slots', resource: undefined, members: everybody, most: ({ later }) => later.slots },
    ...apart.map(
      (members): Relaxation => ({
        kind: 'distinct',
        resource: undefined,
        members,
        most: ({ later }) => Math.min(1, later.slots),
      }),
    ),
    ...[...resources].map(
      (resource): Relaxation => ({
        kind: 'units',
        resource,
        members: everybody.filter((member) => seekers[member]?.features.includes(resource)),
        most: ({ later }) => Math.min(later.slots, later.units.get(resource) ?? Infinity),
      }),
    ),
  ];
}

/** The sets of members that must be on one builder, in order; most members are alone in theirs. */
export function partiesOf({ seekers, together }: Seeking): number[][] {
  const partyOf = new Map<number, number[]>(
    [...seekers.keys()].map((member) => [member, [member]]),
  );
  for (const bound of together) {
    const joined = new Set(bound.flatMap((member) => partyOf.get(member) ?? []));
    const party = [...joined].toSorted((a, b) => a - b);
    for (const member of party) partyOf.set(member, party);
  }
  return [...new Set(partyOf.values())];
}
