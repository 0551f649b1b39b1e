import type { StorePath } from '@dispatch/nix/store-path';
import type { PoisonRecord } from './poison-record.ts';

/** Names one history within one backend; it means nothing outside. */
export type HistoryId = number;

/** One snapshot of the histories, in a backend that keeps its tables on this machine. */
export interface HistoryTables {
  historyAt(path: StorePath): HistoryId | undefined;
  /**
   * `historyAt` for use with `pathCount` paths: may read the whole index first when that is less.
   */
  locator(pathCount: number): (path: StorePath) => HistoryId | undefined;
  recordsOf(history: HistoryId): readonly PoisonRecord[];
  /** Whether there are no histories, as in most people's ledgers most of the time. */
  isEmpty(): boolean;
  histories(): Iterable<readonly PoisonRecord[]>;
}

/** The tables inside a write transaction. */
export interface WritableHistoryTables extends HistoryTables {
  unusedId(): HistoryId;
  /** Sets all records of a history, and makes each of their paths lead to it. */
  write(history: HistoryId, records: readonly PoisonRecord[]): void;
  remove(history: HistoryId): void;
}

/** Transactions over these tables. A write that throws leaves nothing behind. */
export interface HistoryStore {
  read<Result>(action: (tables: HistoryTables) => Result): Result;
  write<Result>(action: (tables: WritableHistoryTables) => Result): Result;
}
