import { lastingObstacles } from '../capability.ts';
import type { BuilderName, BuilderOffer, GroupRequest, StepId, StepRequest } from '../event.ts';
import type { Needs } from '../farm.ts';
import { needsOf } from '../needs.ts';
import type { GroupMisfit, MemberPlaces, Obstacle } from '../result.ts';
import { type Bonds, bondsOf } from './bonds.ts';
import { findSeats } from './find-seats.ts';
import { seatMost } from './matching.ts';
import { type Place, partiesOf, type Relaxation, relaxationsOf, type Seeking } from './seeking.ts';

/** What the members of a group need, and how they are bound to each other. */
export interface Wishes extends Bonds {
  readonly members: readonly Wish[];
}

export interface Wish {
  readonly step: StepId;
  readonly needs: Needs;
  readonly builders: ReadonlySet<BuilderName> | undefined;
}

/** A builder, and why it takes no work, if it takes none. */
export interface Machine {
  readonly offer: BuilderOffer;
  readonly obstacles: readonly Obstacle[];
}

/**
 * Why builders with these offers could never hold all members of the group at once even if they
 * were idle; undefined when they could. `requests` must include those of its members.
 */
export function groupMisfit(
  offers: readonly BuilderOffer[],
  group: GroupRequest,
  requests: readonly StepRequest[],
): GroupMisfit | undefined {
  const byId = new Map(requests.map((request) => [request.id, request]));
  const members = group.members.map(({ step, builders }): Wish => {
    const needs = needsOf(byId.get(step) ?? { system: '', requiredFeatures: [] });
    return { step, needs, builders: builders && new Set(builders) };
  });
  return misfitOf(
    { members, ...bondsOf(group) },
    offers.map((offer) => ({ offer, obstacles: [] })),
  );
}

/** The same for builders in their present state. */
export function misfitOf(wishes: Wishes, machines: readonly Machine[]): GroupMisfit | undefined {
  const seeking = seekingAmong(wishes, machines);
  if (findSeats(seeking, 0) !== undefined) return undefined;
  const lonely = seeking.seekers.findIndex(({ places }) => places.length === 0);
  const wish = wishes.members[lonely];
  return wish === undefined ? shortageOf(wishes, machines, seeking) : memberMisfit(wish, machines);
}

function seekingAmong({ members, apart, together }: Wishes, machines: readonly Machine[]): Seeking {
  const seekers = members.map((wish) => ({
    places: [...machines.keys()].filter((at) => {
      const machine = machines[at];
      return machine !== undefined && obstaclesTo(wish, machine)?.length === 0;
    }),
    features: [...wish.needs.requiredFeatures],
    weight: 0,
  }));
  return { seekers, places: machines.map(placeOf), apart, together };
}

function placeOf({ offer: { slots, resources = {} } }: Machine): Place {
  const whole = { slots, units: new Map(Object.entries(resources)) };
  return { now: whole, later: whole, cost: (_, taken) => taken };
}

/** Why a builder does not take a member; undefined where the member is not to go there at all. */
function obstaclesTo(
  { needs, builders }: Wish,
  { offer, obstacles }: Machine,
): Obstacle[] | undefined {
  if (builders !== undefined && !builders.has(offer.name)) return undefined;
  return [...lastingObstacles(offer, needs), ...obstacles];
}

function memberMisfit(wish: Wish, machines: readonly Machine[]): GroupMisfit {
  const obstacles = machines.flatMap((machine) => {
    const found = obstaclesTo(wish, machine);
    return found === undefined ? [] : [{ builder: machine.offer.name, obstacles: found }];
  });
  const builders = wish.builders && [...wish.builders];
  return { type: 'member', step: wish.step, builders, obstacles };
}

/**
 * For a group whose members each have a builder: those members that have too few places between
 * them, or all of them where no such set was found.
 */
function shortageOf(
  { members }: Wishes,
  machines: readonly Machine[],
  seeking: Seeking,
): GroupMisfit {
  const { among, kind, resource, most } = crowdedOf(seeking);
  const at = new Set(among.flatMap((member) => seeking.seekers[member]?.places ?? []));
  const places = [...at].map((place): MemberPlaces => {
    const builder = machines[place]?.offer.name ?? '';
    return { builder, count: most(seeking.places[place]), resource };
  });
  const steps = among.flatMap((member) => members[member]?.step ?? []);
  return { type: 'places', steps, places, hosts: kind };
}

interface Crowded {
  readonly among: readonly number[];
  readonly kind: 'any' | 'distinct' | 'same';
  readonly resource: string | undefined;
  readonly most: (place: Place | undefined) => number;
}

function crowdedOf(seeking: Seeking): Crowded {
  const everybody = [...seeking.seekers.keys()];
  return (
    relaxationsOf(seeking)
      .map((one) => crowdedBy(seeking, one))
      .find((one) => one !== undefined) ??
    partyTooLarge(seeking) ?? { among: everybody, kind: 'any', resource: undefined, most: roomFor }
  );
}

function crowdedBy({ seekers, places }: Seeking, relaxation: Relaxation): Crowded | undefined {
  const { members, kind, resource } = relaxation;
  const most = (place: Place | undefined): number => (place ? relaxation.most(place) : 0);
  const wishes = members.map((member) => seekers[member]?.places ?? []);
  const { crowd } = seatMost(wishes, places.map(most));
  if (crowd === undefined) return undefined;
  const among = crowd.flatMap((at) => members[at] ?? []);
  return { among, kind: kind === 'distinct' ? 'distinct' : 'any', resource, most };
}

/** Members that must be on one builder, where no builder has enough for them. */
function partyTooLarge(seeking: Seeking): Crowded | undefined {
  for (const among of partiesOf(seeking)) {
    const common = seeking.places.filter((_, at) =>
      among.every((member) => seeking.seekers[member]?.places.includes(at)),
    );
    const resources = new Set(among.flatMap((one) => seeking.seekers[one]?.features ?? []));
    for (const resource of [undefined, ...resources]) {
      const most = (place: Place | undefined): number => roomFor(place, resource);
      const wanted = among.filter((one) => isUser(seeking, one, resource)).length;
      const isTooMany = among.length > 1 && common.every((place) => most(place) < wanted);
      if (isTooMany) return { among, kind: 'same', resource, most };
    }
  }
  return undefined;
}

function roomFor(place: Place | undefined, resource?: string): number {
  if (place === undefined) return 0;
  const { slots, units } = place.later;
  return resource === undefined ? slots : (units.get(resource) ?? slots);
}

function isUser({ seekers }: Seeking, member: number, resource: string | undefined): boolean {
  return resource === undefined || seekers[member]?.features.includes(resource) === true;
}
