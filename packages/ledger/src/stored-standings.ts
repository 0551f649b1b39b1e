import type { HistoryId, HistoryTables } from './history-tables.ts';
import type { Identity } from './identity.ts';
import { type Locate, locateAll } from './locate-all.ts';
import type { PoisonRecord } from './poison-record.ts';
import { type Standing, standingOf, unrecorded } from './standing.ts';

/**
 * The standings of derivations in one snapshot; each history is read once, however many ask for it.
 */
export class StoredStandings {
  readonly #tables: HistoryTables;
  readonly #locate: Locate;
  /** The record that counts in each history. */
  readonly #counting = new Map<HistoryId, PoisonRecord | undefined>();

  constructor(tables: HistoryTables, locate: Locate) {
    this.#tables = tables;
    this.#locate = locate;
  }

  /** The standing of an identity by all histories that it is in, as if they were one. */
  of(identity: Identity): Standing {
    const histories = locateAll(this.#locate, identity);
    if (histories.length === 0) return unrecorded;
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
