import { createRequire } from 'node:module';
import type * as Lmdb from 'lmdb';

/*
 * The package's CommonJS build is one file and loads in 27 ms where the ES modules take 42; each
 * command pays for it.
 */
export const lmdb: typeof Lmdb = createRequire(import.meta.url)('lmdb');

/** A table of bytes under ordered keys. */
export type Table<Key extends Lmdb.Key> = Lmdb.Database<Uint8Array, Key>;
