import type { StorePath } from '@dispatch/nix/store-path';
import { decode, encode } from '../encoding.ts';
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
  readonly #histories: Table<number>;
  readonly #index: Table<string>;

  constructor(environment: LmdbEnvironment) {
    this.#histories = environment.table<number>('histories');
    this.#index = environment.table<string>('history-paths');
  }

  historyAt(path: StorePath): HistoryId | undefined {
    const bytes = this.#index.get(path);
    return bytes === undefined ? undefined : decode('historyId', bytes);
  }

  /** A ledger has few paths and a build asks for many: reading all of them is the faster way then. */
  locator(pathCount: number): (path: StorePath) => HistoryId | undefined {
    const { entryCount } = this.#index.getStats() as { readonly entryCount: number };
    if (entryCount > pathCount) return (path) => this.historyAt(path);
    const index = new Map<string, HistoryId>();
    for (const { key, value } of this.#index.getRange()) index.set(key, decode('historyId', value));
    return (path) => index.get(path);
  }

  recordsOf(history: HistoryId): readonly PoisonRecord[] {
    const bytes = this.#histories.get(history);
    return bytes === undefined ? [] : decode('history', bytes);
  }

  isEmpty(): boolean {
    return [...this.#histories.getKeys({ limit: 1 })].length === 0;
  }

  *histories(): Iterable<readonly PoisonRecord[]> {
    for (const { value } of this.#histories.getRange()) {
      yield decode('history', value);
    }
  }

  unusedId(): HistoryId {
    const [last] = this.#histories.getKeys({ reverse: true, limit: 1 });
    return (last ?? 0) + 1;
  }

  write(history: HistoryId, records: readonly PoisonRecord[]): void {
    this.#histories.putSync(history, encode('history', records));
    const leadsHere = encode('historyId', history);
    for (const path of new Set(records.flatMap((record) => identityPaths(record.identity)))) {
      this.#index.putSync(path, leadsHere);
    }
  }

  remove(history: HistoryId): void {
    this.#histories.removeSync(history);
  }
}
