import type { Database, Key as LmdbKey } from 'lmdb';

/** A table of bytes under ordered keys. */
export type Table<Key extends LmdbKey> = Database<Uint8Array, Key>;
