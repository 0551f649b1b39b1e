import type { StorePath } from '@dispatch/nix/store-path';
import type { PoisonRecord } from './poison-record.ts';

/** Names one history within one backend; it means nothing outside. */
export type HistoryId = number;

/** How a backend that keeps its tables in this machine lays out the ledger, as one snapshot. */
export interface HistoryTables {
  historyAt(path: StorePath): HistoryId | undefined;
  /** The same for very many paths: may read the whole index first when that is less. */
  locator(pathCount: number): (path: StorePath) => HistoryId | undefined;
  recordsOf(history: HistoryId): readonly PoisonRecord[];
  /** Whether there is nothing to find: true of most people's ledgers most of the time. */
  isEmpty(): boolean;
  histories(): Iterable<readonly PoisonRecord[]>;
}

/** The same inside a write transaction. */
export interface WritableHistoryTables extends HistoryTables {
  unusedId(): HistoryId;
  /** Sets all records of a history, and that each of their paths leads to it. */
  write(history: HistoryId, records: readonly PoisonRecord[]): void;
  remove(history: HistoryId): void;
}

/** Transactions over those tables. A write that throws leaves nothing behind. */
export interface HistoryStore {
  read<Result>(action: (tables: HistoryTables) => Result): Result;
  write<Result>(action: (tables: WritableHistoryTables) => Result): Result;
}
