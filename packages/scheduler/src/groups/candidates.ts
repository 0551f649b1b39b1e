import { speedAt } from '../capability.ts';
import type { Builder } from '../farm.ts';
import { isReserve, takesWork } from '../load.ts';
import { avoidedBuilders } from '../retry.ts';
import type { Group, Manner, Member } from './group.ts';
import type { Place, Seeker, Seeking } from './seeking.ts';

/** Added to the cost of a reserve, which is only used when nobody else has a slot. */
const reserveCost = 1e9;

/** A search for places, with the builder for each of its places. */
export interface BuilderSeeking {
  readonly seeking: Seeking;
  readonly builders: readonly Builder[];
}

/** Which builders may run the member. */
function acceptance({ step, builders }: Member, manner: Manner): (builder: Builder) => boolean {
  const avoided = manner === 'lax' ? new Set() : avoidedBuilders(step.faults);
  return ({ offer: { name } }) =>
    (builders === undefined || builders.has(name)) && !avoided.has(name);
}

/** The builders that may run the member and take work, even if they are full. */
export function workingFor(member: Member, manner: Manner): Builder[] {
  return eligibleFor(member, manner).filter(takesWork);
}

/** All builders that may run the member, including those that are down. */
export function eligibleFor(member: Member, manner: Manner): Builder[] {
  return [...member.step.demand.eligible].filter(acceptance(member, manner));
}

/**
 * The builders that may run the member and have a free slot that is not kept for a group, plus all
 * of `others` that take work. The best builders suffice, one for each member of the group; only
 * members that must share one builder with several slots may need more. With `lax`, all that take
 * work.
 */
export function freeFor(
  member: Member,
  { members, together }: Group,
  manner: Manner,
  others: readonly Builder[],
): readonly Builder[] {
  if (manner === 'lax') return workingFor(member, manner);
  const accepts = acceptance(member, manner);
  const { free, working } = member.step.demand;
  const count = together.length > 0 ? free.size : members.length;
  const found = free.firstFew(count, accepts);
  if (others.length === 0) return found;
  return [...new Set([...found, ...others.filter((one) => working.has(one) && accepts(one))])];
}

/** Makes a search: the places that each member may have, and the capacity of each builder. */
export function seekingOf(
  group: Group,
  candidates: (member: Member) => readonly Builder[],
  capacityAt: (builder: Builder) => Pick<Place, 'now' | 'later'>,
): BuilderSeeking {
  const positions = new Map<Builder, number>();
  const seekers = group.members.map((member): Seeker => {
    const places = candidates(member).map((builder) => positionOf(positions, builder));
    const { weight, demand } = member.step;
    return { places, features: [...demand.requiredFeatures], weight };
  });
  const builders = [...positions.keys()];
  const places = builders.map((builder) => placeOf(group, builder, capacityAt(builder)));
  const { apart, together } = group;
  return { seeking: { seekers, places, apart, together }, builders };
}

function positionOf(positions: Map<Builder, number>, builder: Builder): number {
  const known = positions.get(builder);
  if (known !== undefined) return known;
  positions.set(builder, positions.size);
  return positions.size - 1;
}

function placeOf(
  { members, lead }: Group,
  builder: Builder,
  capacity: Pick<Place, 'now' | 'later'>,
): Place {
  const { offer, attempts } = builder;
  const cost = (member: number, taken: number): number => {
    const { demand } = members[member]?.step ?? lead;
    const slowness = (1 + (attempts.size + taken) / offer.slots) / speedAt(offer, demand);
    return isReserve(builder) ? reserveCost + slowness : slowness;
  };
  return { ...capacity, cost };
}
