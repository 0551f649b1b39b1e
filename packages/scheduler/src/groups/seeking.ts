import type { Bonds } from './bonds.ts';
import type { Capacity } from './capacity.ts';

/** Members that look for places on some builders, all at once. Members and places go by their positions. */
export interface Seeking extends Bonds {
  readonly seekers: readonly Seeker[];
  readonly places: readonly Place[];
}

/** One member. */
export interface Seeker {
  /** Those that it may have. */
  readonly places: readonly number[];
  /** What it takes one unit of, where that is counted. */
  readonly features: readonly string[];
  /** How long it takes; of those with as much choice, the longest chooses first. */
  readonly weight: number;
}

/** One builder. */
export interface Place {
  /** What it has free now. */
  readonly now: Capacity;
  /** What it will have free. */
  readonly later: Capacity;
  /** Least at the best place for the member, where so many others are to go already. */
  readonly cost: (member: number, taken: number) => number;
}

/** A condition that seats have to meet, looser than all of them together: it is quickly seen whether they can. */
export interface Relaxation {
  readonly kind: 'slots' | 'distinct' | 'units';
  /** What is counted, of units. */
  readonly resource: string | undefined;
  readonly members: readonly number[];
  /** How many of these members a place can have in the end. */
  readonly most: (place: Place) => number;
}

/** All that can be told by counting. */
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

/** Members that must have one builder, each such party in order; most members are a party of their own. */
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
