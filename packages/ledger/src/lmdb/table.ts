import type { Database, Key as LmdbKey } from 'lmdb';

/** A table of bytes under ordered keys. */
export type Table<Key extends LmdbKey> = Database<Uint8Array, Key>;

/** How many entries a table has, also in the middle of a transaction. */
export function entryCount(table: { getStats(): object }): number {
  return (table.getStats() as { readonly entryCount: number }).entryCount;
}
