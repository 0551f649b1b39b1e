import { seatMost } from './matching.ts';
import { type Place, type Relaxation, relaxationsOf, type Seeking } from './seeking.ts';

/** Which members sit where so far, and whether the others may yet find a seat. */
export class Seating {
  readonly #seeking: Seeking;
  readonly #relaxations: readonly Relaxation[];
  readonly #places: (number | undefined)[];
  readonly #sitting: number[][];
  #late = 0;

  constructor(seeking: Seeking) {
    this.#seeking = seeking;
    this.#relaxations = relaxationsOf(seeking);
    this.#places = seeking.seekers.map(() => undefined);
    this.#sitting = seeking.places.map(() => []);
  }

  /** Where each member sits. */
  get places(): readonly (number | undefined)[] {
    return [...this.#places];
  }

  /** How many sit where nothing is free now. */
  get late(): number {
    return this.#late;
  }

  /** How many sit at a place. */
  countAt(place: number): number {
    return this.#sitting[place]?.length ?? 0;
  }

  /** Whether the members may sit at a place besides those who sit there already. */
  allows(members: readonly number[], place: number): boolean {
    const all = [...(this.#sitting[place] ?? []), ...members];
    return (
      this.#claims(all, place).every(({ wanted, later }) => wanted <= later) &&
      this.#seeking.apart.every((set) => all.filter((one) => set.includes(one)).length <= 1)
    );
  }

  /** How many of the members would sit where nothing is free now. */
  lateness(members: readonly number[], place: number): number {
    const sitting = this.#sitting[place] ?? [];
    return this.#missing([...sitting, ...members], place) - this.#missing(sitting, place);
  }

  sit(members: readonly number[], place: number): void {
    this.#late += this.lateness(members, place);
    for (const member of members) {
      this.#places[member] = place;
      this.#sitting[place]?.push(member);
    }
  }

  /** Takes away those who sat down at the place last. */
  rise(members: readonly number[], place: number): void {
    for (const member of members) {
      this.#places[member] = undefined;
      this.#sitting[place]?.pop();
    }
    this.#late -= this.lateness(members, place);
  }

  /** Whether the others can be seated, with at most `mostLate` late in all; judged by counting. */
  isHopeful(mostLate: number): boolean {
    if (this.#relaxations.some((one) => this.#crowd(one.members, (at) => one.most(at)) > 0)) {
      return false;
    }
    const everybody = [...this.#seeking.seekers.keys()];
    return this.#late + this.#crowd(everybody, ({ now }) => now.slots) <= mostLate;
  }

  /** Members that cannot be seated if each place has room for `most` of all these members. */
  #crowd(members: readonly number[], most: (place: Place) => number): number {
    const { seekers, places } = this.#seeking;
    const left = members.filter((member) => this.#places[member] === undefined);
    const wishes = left.map((member) => seekers[member]?.places ?? []);
    const free = places.map((place) => most(place));
    for (const member of members) {
      const at = this.#places[member];
      if (at !== undefined) free[at] = (free[at] ?? 0) - 1;
    }
    return left.length - seatMost(wishes, free).count;
  }

  #missing(members: readonly number[], place: number): number {
    const missing = this.#claims(members, place).map(({ wanted, now }) => wanted - now);
    return Math.max(0, ...missing);
  }

  #claims(members: readonly number[], at: number): Claim[] {
    const { seekers, places } = this.#seeking;
    const place = places[at];
    if (place === undefined) return [];
    const { now, later } = place;
    const claims: Claim[] = [{ wanted: members.length, now: now.slots, later: later.slots }];
    for (const [resource, units] of later.units) {
      const users = members.filter((member) => seekers[member]?.features.includes(resource));
      claims.push({ wanted: users.length, now: now.units.get(resource) ?? 0, later: units });
    }
    return claims;
  }
}

/** Slots or units of a resource that are wanted at a place, and that are free now and later. */
interface Claim {
  readonly wanted: number;
  readonly now: number;
  readonly later: number;
}
