/** How much a board may hold: entries, and bytes in all of them. */
export interface BoardLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** One entry of the board, and the member that posted it. */
export interface Notice<T> {
  readonly from: string;
  readonly content: T;
}

/**
 * What members have sent, for good: each may post one thing under an id, nothing is ever removed or
 * changed, and a member that comes late reads the same as one that waited.
 */
export class Noticeboard<T> {
  readonly #limits: BoardLimits;
  readonly #areSame: (one: T, other: T) => boolean;
  readonly #notices = new Map<string, Map<string, T>>();
  #entries = 0;
  #bytes = 0;

  constructor(limits: BoardLimits, areSame: (one: T, other: T) => boolean) {
    this.#limits = limits;
    this.#areSame = areSame;
  }

  /**
   * Posts something. `kept` also if the member has posted the same under this id already; `other`
   * if it posted something else.
   */
  post(from: string, id: string, content: T, bytes: number): 'kept' | 'other' | 'full' {
    const earlier = this.#notices.get(id)?.get(from);
    if (earlier !== undefined) return this.#areSame(earlier, content) ? 'kept' : 'other';
    if (this.#entries === this.#limits.entries || this.#bytes + bytes > this.#limits.bytes) {
      return 'full';
    }
    this.#entries += 1;
    this.#bytes += bytes;
    this.#under(id).set(from, content);
    return 'kept';
  }

  /** What a member posted under an id; without a member the first that anybody posted. */
  read(id: string, from: string | undefined): Notice<T> | undefined {
    const notices = this.#notices.get(id);
    const name = from ?? notices?.keys().next().value;
    const content = name === undefined ? undefined : notices?.get(name);
    return name === undefined || content === undefined ? undefined : { from: name, content };
  }

  /** What these members posted under an id, as far as they have. */
  readAll(id: string, names: readonly string[]): Notice<T>[] {
    return names.map((name) => this.read(id, name)).filter((notice) => notice !== undefined);
  }

  /** Those of `names` that have posted nothing under an id. */
  silent(id: string, names: readonly string[]): string[] {
    return names.filter((name) => !this.#notices.get(id)?.has(name));
  }

  #under(id: string): Map<string, T> {
    const notices = this.#notices.get(id) ?? new Map<string, T>();
    this.#notices.set(id, notices);
    return notices;
  }
}
