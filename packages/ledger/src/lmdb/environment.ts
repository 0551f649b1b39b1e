import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Key as LmdbKey, open, type RootDatabase } from 'lmdb';
import type { StoredValues } from '../stored-values.ts';
import { checkDataFile, isNewFile } from './data-file.ts';
import { ledgerFault } from './fault.ts';
import { assertLocalFileSystem } from './local-file-system.ts';
import { makeFolder } from './make-folder.ts';
import { Table, type TableKey } from './table.ts';

/**
 * Address space for the file, not its size: it grows with what is stored. Fixed and generous, so
 * that the map never has to be moved while other processes use it.
 */
const mapSize = 16 * 2 ** 30;
const tableCount = 16;

/**
 * One LMDB folder, opened. Reads see one snapshot, taken as they begin; a write is on disk when it
 * returns, and leaves nothing behind when it throws. Any number of processes may have it open.
 */
export class LmdbEnvironment {
  readonly directory: string;
  readonly #root: RootDatabase<Uint8Array, string>;

  private constructor(directory: string, root: RootDatabase<Uint8Array, string>) {
    this.directory = directory;
    this.#root = root;
  }

  /**
   * Makes the folder (for this user alone) where there is none. Throws `network-file-system`,
   * `corrupt`, `disk-full`, `not-writable`.
   */
  static open(directory: string): LmdbEnvironment {
    try {
      makeFolder(directory);
      assertLocalFileSystem(directory);
      assertUsable(directory);
      const root = open<Uint8Array, string>(directory, {
        encoding: 'binary',
        mapSize,
        maxDbs: tableCount,
        noSubdir: false,
        // A commit that returned is on disk, rather than about to be.
        overlappingSync: false,
      });
      return new LmdbEnvironment(directory, root);
    } catch (error) {
      throw ledgerFault(error, directory);
    }
  }

  table<Key extends TableKey, Kind extends keyof StoredValues>(
    name: string,
    kind: Kind,
  ): Table<Key, Kind> {
    const database = this.#root.openDB<Uint8Array, LmdbKey>(name, { encoding: 'binary' });
    return new Table(database, kind);
  }

  read<Result>(action: () => Result): Result {
    this.#root.resetReadTxn();
    return action();
  }

  write<Result>(action: () => Result): Result {
    try {
      assertFree(this.directory);
      return this.#root.transactionSync(action);
    } catch (error) {
      throw ledgerFault(error, this.directory);
    }
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}

/**
 * Nothing is written when less space is left than this, which is more than one transaction takes.
 */
const reserveBytes = 1024 * 1024;

/** LMDB prints to standard error when it cannot write, so it is not made to try on a full disk. */
function assertFree(directory: string): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= reserveBytes) return;
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
}

/** Checks that come before LMDB opens its files, since it dies by a signal where they fail. */
function assertUsable(directory: string): void {
  const dataFile = join(directory, 'data.mdb');
  checkDataFile(dataFile);
  if (isNewFile(dataFile) || isNewFile(join(directory, 'lock.mdb'))) assertRoom(directory);
}

/** Throws the file system's ENOSPC unless there is room for the files' first pages. */
function assertRoom(directory: string): void {
  const probe = join(directory, `room-${process.pid}`);
  try {
    writeFileSync(probe, new Uint8Array(128 * 1024), { flush: true });
  } finally {
    rmSync(probe, { force: true });
  }
}
