import type { GroupAttempt, GroupEnding } from '../group-attempt.ts';
import type { AttemptHead } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import type { Table } from './table.ts';

/** A head with its place: a number counted up in the order in which attempts begin. */
export interface PlacedHead {
  readonly place: number;
  readonly head: AttemptHead;
}

/**
 * Attempts of groups as tables in LMDB, with an index by key. Values that are read are not checked.
 */
export class AttemptTables {
  readonly #heads: Table<number, 'attemptHead'>;
  readonly #attempts: Table<number, 'attempt'>;
  readonly #endings: Table<number, 'attemptEnding'>;
  readonly #keys: Table<readonly [key: string, place: number], 'attemptPlace'>;

  constructor(environment: LmdbEnvironment) {
    this.#heads = environment.table('attempt-heads', 'attemptHead');
    this.#attempts = environment.table('attempts', 'attempt');
    this.#endings = environment.table('attempt-endings', 'attemptEnding');
    this.#keys = environment.table('attempt-keys', 'attemptPlace');
  }

  get count(): number {
    return this.#heads.count;
  }

  add(head: AttemptHead, attempt: GroupAttempt): void {
    const place = (this.#heads.lastKey ?? 0) + 1;
    this.#heads.put(place, head);
    this.#attempts.put(place, attempt);
    this.#keys.put([head.key, place], place);
  }

  end({ place, head }: PlacedHead, ending: GroupEnding): void {
    this.#heads.put(place, { ...head, ended: ending.type });
    this.#endings.put(place, ending);
  }

  attempt(place: number): GroupAttempt | undefined {
    return this.#attempts.get(place);
  }

  ending(place: number): GroupEnding | undefined {
    return this.#endings.get(place);
  }

  /** Oldest first. */
  headsOf(key: string): readonly PlacedHead[] {
    return this.#keys.keys({ start: [key, 0], end: [key, Infinity] }).flatMap(([, place]) => {
      const head = this.#heads.get(place);
      return head === undefined ? [] : [{ place, head }];
    });
  }

  *heads(order: 'oldest-first' | 'newest-first'): Iterable<PlacedHead> {
    for (const { key, value } of this.#heads.rows({ reverse: order === 'newest-first' })) {
      yield { place: key, head: value };
    }
  }

  remove({ place, head }: PlacedHead): void {
    this.#keys.remove([head.key, place]);
    this.#endings.remove(place);
    this.#attempts.remove(place);
    this.#heads.remove(place);
  }
}
