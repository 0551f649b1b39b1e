import type { StorePath } from '@dispatch/nix/store-path';
import type { HistoryId, HistoryStore, WritableHistoryTables } from '../history-tables.ts';
import { identityPaths } from '../identity.ts';
import type { PoisonRecord } from '../poison-record.ts';
import type { LmdbEnvironment } from './environment.ts';
import type { Table } from './table.ts';

/** The ledger's histories in LMDB: each history as one value, and each path leading to its history. */
export function lmdbHistories(environment: LmdbEnvironment): HistoryStore {
  const tables = new LmdbHistoryTables(environment);
  return {
    read: (action) => environment.read(() => action(tables)),
    write: (action) => environment.write(() => action(tables)),
  };
}

class LmdbHistoryTables implements WritableHistoryTables {
  readonly #histories: Table<HistoryId, 'history'>;
  readonly #index: Table<StorePath, 'historyId'>;

  constructor(environment: LmdbEnvironment) {
    this.#histories = environment.table('histories', 'history');
    this.#index = environment.table('history-paths', 'historyId');
  }

  historyAt(path: StorePath): HistoryId | undefined {
    return this.#index.get(path);
  }

  /** A ledger has few paths and a build asks for many: reading the whole index is faster then. */
  locator(pathCount: number): (path: StorePath) => HistoryId | undefined {
    if (this.#index.count > pathCount) return (path) => this.historyAt(path);
    const index = new Map<StorePath, HistoryId>();
    for (const { key, value } of this.#index.rows()) index.set(key, value);
    return (path) => index.get(path);
  }

  recordsOf(history: HistoryId): readonly PoisonRecord[] {
    return this.#histories.get(history) ?? [];
  }

  isEmpty(): boolean {
    return this.#histories.keys({ limit: 1 }).length === 0;
  }

  *histories(): Iterable<readonly PoisonRecord[]> {
    for (const { value } of this.#histories.rows()) yield value;
  }

  unusedId(): HistoryId {
    return (this.#histories.lastKey ?? 0) + 1;
  }

  write(history: HistoryId, records: readonly PoisonRecord[]): void {
    this.#histories.put(history, records);
    for (const path of new Set(records.flatMap((record) => identityPaths(record.identity)))) {
      this.#index.put(path, history);
    }
  }

  remove(history: HistoryId): void {
    this.#histories.remove(history);
  }
}
