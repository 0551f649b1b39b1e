/** A barrier that not all members have come to yet. */
export interface OpenBarrier {
  readonly id: string;
  readonly arrived: ReadonlySet<string>;
  /** When the first one came. */
  readonly sinceMs: number;
}

/** The barriers of a group: each is passed once, by all members together. */
export class Barriers {
  readonly #names: readonly string[];
  readonly #patienceMs: number;
  readonly #most: number;
  readonly #passed = new Set<string>();
  /** In the order in which they began, which is the order in which their time runs out. */
  readonly #open = new Map<string, OpenBarrier & { readonly arrived: Set<string> }>();
  #begunMs: number | undefined;

  constructor(names: readonly string[], patienceMs: number, most: number) {
    this.#names = names;
    this.#patienceMs = patienceMs;
    this.#most = most;
  }

  /** All members run now: whoever is late from now on is late by its own fault. */
  begin(atMs: number): void {
    this.#begunMs ??= atMs;
  }

  /** Notes that a member has come to a barrier. False when that would be one barrier too many. */
  arrive(id: string, name: string, atMs: number): boolean {
    if (this.#passed.has(id)) return true;
    const arrived = this.#open.get(id)?.arrived ?? this.#set(id, atMs);
    if (arrived === undefined) return false;
    arrived.add(name);
    if (arrived.size === this.#names.length) {
      this.#open.delete(id);
      this.#passed.add(id);
    }
    return true;
  }

  isPassed(id: string): boolean {
    return this.#passed.has(id);
  }

  /** A barrier whose time is over and that not all have come to. */
  overdue(atMs: number): OpenBarrier | undefined {
    return (this.deadlineMs ?? Infinity) <= atMs ? this.#oldest() : undefined;
  }

  /** When the time of the oldest open barrier is over; undefined before all members have begun. */
  get deadlineMs(): number | undefined {
    const oldest = this.#oldest();
    if (oldest === undefined || this.#begunMs === undefined) return undefined;
    return Math.max(oldest.sinceMs, this.#begunMs) + this.#patienceMs;
  }

  /** A barrier that can never be passed, and the member that has left without coming to it. */
  hopeless(left: ReadonlySet<string>): { id: string; missing: string } | undefined {
    for (const { id, arrived } of this.#open.values()) {
      const missing = [...left].find((name) => !arrived.has(name));
      if (missing !== undefined) return { id, missing };
    }
    return undefined;
  }

  /** The members that have not come to it. */
  missing({ arrived }: OpenBarrier): string[] {
    return this.#names.filter((name) => !arrived.has(name));
  }

  #oldest(): OpenBarrier | undefined {
    return this.#open.values().next().value;
  }

  #set(id: string, sinceMs: number): Set<string> | undefined {
    if (this.#open.size + this.#passed.size === this.#most) return undefined;
    const arrived = new Set<string>();
    this.#open.set(id, { id, arrived, sinceMs });
    return arrived;
  }
}
