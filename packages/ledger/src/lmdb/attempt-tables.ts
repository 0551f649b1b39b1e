import { decode, encode } from '../encoding.ts';
import type { GroupAttempt, GroupEnding } from '../group-attempt.ts';
import type { AttemptHead } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import { entryCount, type Table } from './table.ts';

/** A head, and its place: counted up in the order in which attempts begin. */
export interface PlacedHead {
  readonly place: number;
  readonly head: AttemptHead;
}

/** Attempts of groups as tables in LMDB, and an index of them by key. What is read is unchecked. */
export class AttemptTables {
  readonly #heads: Table<number>;
  readonly #attempts: Table<number>;
  readonly #endings: Table<number>;
  readonly #keys: Table<[string, number]>;

  constructor(environment: LmdbEnvironment) {
    this.#heads = environment.table<number>('attempt-heads');
    this.#attempts = environment.table<number>('attempts');
    this.#endings = environment.table<number>('attempt-endings');
    this.#keys = environment.table<readonly [string, number]>('attempt-keys');
  }

  get count(): number {
    return entryCount(this.#heads);
  }

  add(head: AttemptHead, attempt: GroupAttempt): void {
    const [last = 0] = this.#heads.getKeys({ reverse: true, limit: 1 });
    const place = last + 1;
    this.#heads.putSync(place, encode('attemptHead', head));
    this.#attempts.putSync(place, encode('attempt', attempt));
    this.#keys.putSync([head.key, place], encode('attemptPlace', place));
  }

  end({ place, head }: PlacedHead, ending: GroupEnding): void {
    this.#heads.putSync(place, encode('attemptHead', { ...head, ended: ending.type }));
    this.#endings.putSync(place, encode('attemptEnding', ending));
  }

  attempt(place: number): GroupAttempt | undefined {
    const bytes = this.#attempts.get(place);
    return bytes === undefined ? undefined : decode('attempt', bytes);
  }

  ending(place: number): GroupEnding | undefined {
    const bytes = this.#endings.get(place);
    return bytes === undefined ? undefined : decode('attemptEnding', bytes);
  }

  /** Oldest first. */
  headsOf(key: string): readonly PlacedHead[] {
    const places = [...this.#keys.getRange({ start: [key, 0], end: [key, Infinity] })];
    return places.flatMap(({ key: [, place] }) => {
      const bytes = this.#heads.get(place);
      return bytes === undefined ? [] : [{ place, head: decode('attemptHead', bytes) }];
    });
  }

  *heads(order: 'oldest-first' | 'newest-first'): Iterable<PlacedHead> {
    for (const { key, value } of this.#heads.getRange({ reverse: order === 'newest-first' })) {
      yield { place: key, head: decode('attemptHead', value) };
    }
  }

  remove({ place, head }: PlacedHead): void {
    this.#keys.removeSync([head.key, place]);
    this.#endings.removeSync(place);
    this.#attempts.removeSync(place);
    this.#heads.removeSync(place);
  }
}
