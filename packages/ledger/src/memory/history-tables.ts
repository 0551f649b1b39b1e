import type { StorePath } from '@dispatch/nix/store-path';
import type { HistoryId, HistoryStore, WritableHistoryTables } from '../history-tables.ts';
import { identityPaths } from '../identity.ts';
import type { PoisonRecord } from '../poison-record.ts';

/**
 * Histories in this process's memory, gone with it. A transaction needs no rollback here: the
 * ledger makes all its refusals before its first write, and these writes do not fail.
 */
export function memoryHistories(): HistoryStore {
  const tables = new MemoryHistoryTables();
  return { read: (action) => action(tables), write: (action) => action(tables) };
}

class MemoryHistoryTables implements WritableHistoryTables {
  readonly #histories = new Map<HistoryId, readonly PoisonRecord[]>();
  readonly #index = new Map<StorePath, HistoryId>();
  #lastId = 0;

  historyAt(path: StorePath): HistoryId | undefined {
    return this.#index.get(path);
  }

  locator(): (path: StorePath) => HistoryId | undefined {
    return (path) => this.#index.get(path);
  }

  recordsOf(history: HistoryId): readonly PoisonRecord[] {
    return this.#histories.get(history) ?? [];
  }

  isEmpty(): boolean {
    return this.#histories.size === 0;
  }

  histories(): Iterable<readonly PoisonRecord[]> {
    return this.#histories.values();
  }

  unusedId(): HistoryId {
    this.#lastId += 1;
    return this.#lastId;
  }

  write(history: HistoryId, records: readonly PoisonRecord[]): void {
    this.#histories.set(history, records);
    for (const record of records) {
      for (const path of identityPaths(record.identity)) this.#index.set(path, history);
    }
  }

  remove(history: HistoryId): void {
    this.#histories.delete(history);
  }
}
