import type { StorePath } from '@dispatch/nix/store-path';
import type { HistoryId, HistoryTables } from './history-tables.ts';
import type { PoisonRecord } from './poison-record.ts';
import { type Standing, standingOf } from './standing.ts';

/** How derivations stand in one snapshot; each history is read once, however many ask. */
export class StoredStandings {
  readonly #tables: HistoryTables;
  /** Of each history the record that counts. */
  readonly #counting = new Map<HistoryId, PoisonRecord | undefined>();

  constructor(tables: HistoryTables) {
    this.#tables = tables;
  }

  /** Of whatever any of the paths is in. */
  ofPaths(paths: readonly StorePath[]): Standing {
    const located = new Set(paths.map((path) => this.#tables.historyAt(path)));
    return this.ofHistories([...located].filter((history) => history !== undefined));
  }

  /** Of the histories as if they were one. */
  ofHistories(histories: readonly HistoryId[]): Standing {
    const counting = histories.map((history) => this.#countingIn(history));
    return standingOf(counting.filter((record) => record !== undefined));
  }

  #countingIn(history: HistoryId): PoisonRecord | undefined {
    if (!this.#counting.has(history)) {
      this.#counting.set(history, standingOf(this.#tables.recordsOf(history)).record);
    }
    return this.#counting.get(history);
  }
}
