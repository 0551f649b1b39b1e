import { decode, encode } from '../encoding.ts';
import type { GroupAttempt, GroupEnding } from '../group-attempt.ts';
import type { BegunAttempt } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import { entryCount, type Table } from './table.ts';

/** An attempt as it is stored, before it is checked. */
export interface StoredAttempt {
  /** Counted up in the order in which they begin. */
  readonly place: number;
  readonly begun: BegunAttempt;
  readonly ending: GroupEnding | undefined;
}

/** Attempts of groups as tables in LMDB: what was begun, how it ended, and an index by key. */
export class AttemptTables {
  readonly #begun: Table<number>;
  readonly #endings: Table<number>;
  readonly #keys: Table<[string, number]>;

  constructor(environment: LmdbEnvironment) {
    this.#begun = environment.table<number>('attempts');
    this.#endings = environment.table<number>('attempt-endings');
    this.#keys = environment.table<readonly [string, number]>('attempt-keys');
  }

  get count(): number {
    return entryCount(this.#begun);
  }

  add(begun: BegunAttempt): void {
    const [last = 0] = this.#begun.getKeys({ reverse: true, limit: 1 });
    const place = last + 1;
    const { key, mark }: GroupAttempt = begun.attempt;
    this.#begun.putSync(place, encode('attempt', begun));
    this.#keys.putSync([key, place], encode('attemptMark', mark));
  }

  putEnding(place: number, ending: GroupEnding): void {
    this.#endings.putSync(place, encode('attemptEnding', ending));
  }

  /** The place of the attempt that had this mark. */
  placeOf(key: string, mark: string): number | undefined {
    for (const { key: at, value } of this.#keys.getRange(placesOf(key))) {
      if (decode('attemptMark', value) === mark) return at[1];
    }
    return undefined;
  }

  at(place: number): StoredAttempt | undefined {
    const bytes = this.#begun.get(place);
    if (bytes === undefined) return undefined;
    const ending = this.#endings.get(place);
    return {
      place,
      begun: decode('attempt', bytes),
      ending: ending === undefined ? undefined : decode('attemptEnding', ending),
    };
  }

  /** Oldest first. */
  ofKey(key: string): readonly StoredAttempt[] {
    return this.#at([...this.#keys.getKeys(placesOf(key))].map(([, place]) => place));
  }

  /** Oldest first. */
  all(): readonly StoredAttempt[] {
    return this.#at([...this.#begun.getKeys()]);
  }

  *newestFirst(): Iterable<StoredAttempt> {
    for (const place of this.#begun.getKeys({ reverse: true })) yield* this.#at([place]);
  }

  remove({ place, begun }: StoredAttempt): void {
    this.#keys.removeSync([begun.attempt.key, place]);
    this.#endings.removeSync(place);
    this.#begun.removeSync(place);
  }

  #at(places: readonly number[]): readonly StoredAttempt[] {
    return places.map((place) => this.at(place)).filter((stored) => stored !== undefined);
  }
}

function placesOf(key: string): { start: [string, number]; end: [string, number] } {
  return { start: [key, 0], end: [key, Number.MAX_SAFE_INTEGER] };
}
