import { Seating } from './seating.ts';
import { partiesOf, type Seeking } from './seeking.ts';

/** A place for each member, so that all can be taken at once. */
export interface Seats {
  readonly places: readonly number[];
  /** How many of the places are not free now. */
  readonly late: number;
}

/**
 * The number of tries after which a search gives up. Where places are merely counted, no try is
 * ever taken back; where members must be together, or apart in several sets, a few are.
 */
const mostTries = 2_000;

/** Finds seats for all members, at most `mostLate` of them not free now; undefined: none found. */
export function findSeats(seeking: Seeking, mostLate: number): Seats | undefined {
  return new SeatSearch(seeking, mostLate).find();
}

/** Members that must sit at one place. */
interface Party {
  readonly members: readonly number[];
  /** The places that all of them may have. */
  readonly places: readonly number[];
  readonly weight: number;
}

/**
 * A search with backtracking: it seats the members with the least choice first, and gives each the
 * best place that still leaves, as far as counting tells, seats for the others.
 */
class SeatSearch {
  readonly #seeking: Seeking;
  readonly #mostLate: number;
  readonly #parties: readonly Party[];
  readonly #seating: Seating;
  #tries = 0;

  constructor(seeking: Seeking, mostLate: number) {
    this.#seeking = seeking;
    this.#mostLate = mostLate;
    this.#parties = choosiestFirst(seeking);
    this.#seating = new Seating(seeking);
  }

  find(): Seats | undefined {
    if (!this.#seating.isHopeful(this.#mostLate) || !this.#seatFrom(0)) return undefined;
    const places = this.#seating.places.filter((place) => place !== undefined);
    return { places, late: this.#seating.late };
  }

  #seatFrom(at: number): boolean {
    const party = this.#parties[at];
    if (party === undefined) return true;
    for (const place of this.#bestFirst(party)) {
      if (this.#tries === mostTries) return false;
      this.#tries += 1;
      this.#seating.sit(party.members, place);
      if (this.#seating.isHopeful(this.#mostLate) && this.#seatFrom(at + 1)) return true;
      this.#seating.rise(party.members, place);
    }
    return false;
  }

  #bestFirst({ members, places }: Party): number[] {
    const offers = places
      .filter((at) => this.#seating.allows(members, at))
      .map((at) => ({
        at,
        late: this.#seating.lateness(members, at),
        cost: this.#seeking.places[at]?.cost(members[0] ?? 0, this.#seating.countAt(at)) ?? 0,
      }));
    const sorted = offers.toSorted((a, b) => a.late - b.late || a.cost - b.cost || a.at - b.at);
    return sorted.map(({ at }) => at);
  }
}

function choosiestFirst(seeking: Seeking): Party[] {
  const parties = partiesOf(seeking).map((members) => partyOf(seeking, members));
  return parties.toSorted((a, b) => a.places.length - b.places.length || b.weight - a.weight);
}

function partyOf({ seekers }: Seeking, members: readonly number[]): Party {
  const [first, ...others] = members.map((member) => seekers[member]);
  const places = (first?.places ?? []).filter((place) =>
    others.every((other) => other?.places.includes(place)),
  );
  const weights = [first, ...others].map((seeker) => seeker?.weight ?? 0);
  return { members, places, weight: Math.max(...weights) };
}
