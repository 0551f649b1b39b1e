/** How many find a slot and, where not all do, who together have too few. */
export interface Seated {
  readonly count: number;
  /** A set whose places have fewer slots than it has members; undefined when all are seated. */
  readonly crowd: readonly number[] | undefined;
}

/**
 * Seats as many as possible, each at a place that it may have, with no more at a place than it has
 * slots (augmenting paths; Kuhn 1955). The crowd is the set of Hall's theorem.
 */
export function seatMost(wishes: readonly (readonly number[])[], slots: readonly number[]): Seated {
  const matching = new Matching(wishes, slots);
  let count = 0;
  let crowd: readonly number[] | undefined;
  for (const who of wishes.keys()) {
    const asked = new Set<number>();
    if (matching.seat(who, asked)) count += 1;
    else crowd ??= matching.sittingAt(asked, who);
  }
  return { count, crowd };
}

class Matching {
  readonly #wishes: readonly (readonly number[])[];
  readonly #slots: readonly number[];
  readonly #sitting: Map<number, number[]> = new Map();

  constructor(wishes: readonly (readonly number[])[], slots: readonly number[]) {
    this.#wishes = wishes;
    this.#slots = slots;
  }

  /** Seats one, moving others if needed; `asked` collects the places that were tried. */
  seat(who: number, asked: Set<number>): boolean {
    for (const place of this.#wishes[who] ?? []) {
      if (asked.has(place)) continue;
      asked.add(place);
      if (this.#makeRoom(place, asked)) {
        this.#at(place).push(who);
        return true;
      }
    }
    return false;
  }

  sittingAt(places: ReadonlySet<number>, who: number): number[] {
    return [...[...places].flatMap((place) => this.#at(place)), who].toSorted((a, b) => a - b);
  }

  #makeRoom(place: number, asked: Set<number>): boolean {
    const sitting = this.#at(place);
    if (sitting.length < (this.#slots[place] ?? 0)) return true;
    const moved = sitting.findIndex((one) => this.seat(one, asked));
    if (moved < 0) return false;
    sitting.splice(moved, 1);
    return true;
  }

  #at(place: number): number[] {
    const known = this.#sitting.get(place);
    if (known !== undefined) return known;
    const made: number[] = [];
    this.#sitting.set(place, made);
    return made;
  }
}
