import type { Database, Key as LmdbKey } from 'lmdb';
import { decode, encode } from '../encoding.ts';
import type { StoredValues } from '../stored-values.ts';

/** What a table may be ordered by. */
export type TableKey = string | number | readonly (string | number)[];

/** A row. */
export interface Row<Key, Value> {
  readonly key: Key;
  readonly value: Value;
}

/** Which rows, in the order of their keys or in reverse; all of them by default. */
export interface RowRange<Key> {
  readonly start?: Key;
  /** The first key that is not included. */
  readonly end?: Key;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/**
 * Values of one kind under ordered keys, for use inside a read or a write of the environment. Of
 * what is read, nothing but the encoding is checked. Reading throws `unknown-version`, `corrupt`.
 */
export class Table<Key extends TableKey, Kind extends keyof StoredValues> {
  readonly #database: Database<Uint8Array>;
  readonly #kind: Kind;

  constructor(database: Database<Uint8Array>, kind: Kind) {
    this.#database = database;
    this.#kind = kind;
  }

  /** How many rows there are, also in the middle of a write. */
  get count(): number {
    return (this.#database.getStats() as { readonly entryCount: number }).entryCount;
  }

  get lastKey(): Key | undefined {
    return this.keys({ reverse: true, limit: 1 })[0];
  }

  get(key: Key): StoredValues[Kind] | undefined {
    const bytes = this.#database.get(key as LmdbKey);
    return bytes === undefined ? undefined : decode(this.#kind, bytes);
  }

  put(key: Key, value: StoredValues[Kind]): void {
    this.#database.putSync(key as LmdbKey, encode(this.#kind, value));
  }

  remove(key: Key): void {
    this.#database.removeSync(key as LmdbKey);
  }

  *rows(range: RowRange<Key> = {}): Iterable<Row<Key, StoredValues[Kind]>> {
    for (const { key, value } of this.#database.getRange(range as RowRange<LmdbKey>)) {
      yield { key: key as Key, value: decode(this.#kind, value) };
    }
  }

  /** Keys only: the values are not read. */
  keys(range: RowRange<Key>): readonly Key[] {
    return [...this.#database.getKeys(range as RowRange<LmdbKey>)] as readonly LmdbKey[] as Key[];
  }
}
