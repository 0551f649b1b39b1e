import type { StorePath } from '@dispatch/nix/store-path';
import type { HistoryStore, HistoryTables, WritableHistoryTables } from './history-tables.ts';
import { canonicalIdentity, type Identity } from './identity.ts';
import { locateAll } from './locate-all.ts';
import { type PlannedHistory, planMerge } from './merge-plan.ts';
import type {
  Appended,
  AppendOptions,
  MergeOptions,
  MergeReport,
  PoisonLedger,
} from './poison-ledger.ts';
import type { PoisonChange, PoisonRecord } from './poison-record.ts';
import { compareForExport, rankRecords } from './record-order.ts';
import { checkedRecord } from './record-rules.ts';
import { nextEpoch, type Standing, standingOf, unrecorded } from './standing.ts';
import { StoredStandings } from './stored-standings.ts';

/** The rules of the poison ledger, over the tables of any backend that has local transactions. */
export class StoredPoisonLedger implements PoisonLedger {
  readonly #store: HistoryStore;

  constructor(store: HistoryStore) {
    this.#store = store;
  }

  async append(change: PoisonChange, options: AppendOptions = {}): Promise<Appended> {
    return this.#store.write((tables) => appendTo(tables, change, options.above ?? 0));
  }

  async lookup(identities: readonly Identity[]): Promise<readonly Standing[]> {
    return this.#store.read((tables) => lookupIn(tables, identities));
  }

  async history(paths: readonly StorePath[]): Promise<readonly PoisonRecord[]> {
    const records = this.#store.read((tables) => storedRecords(tables, paths));
    return records.toSorted((a, b) => rankRecords(b, a));
  }

  async records(): Promise<readonly PoisonRecord[]> {
    const records = this.#store.read((tables) => [...tables.histories()].flat());
    return records.toSorted(compareForExport);
  }

  async merge(records: readonly PoisonRecord[], options: MergeOptions = {}): Promise<MergeReport> {
    const { maximumJump } = options;
    if (options.dryRun === true) {
      return this.#store.read((tables) => planMerge(tables, records, maximumJump).report);
    }
    return this.#store.write((tables) => {
      const plan = planMerge(tables, records, maximumJump);
      for (const history of plan.histories) putHistory(tables, history);
      return plan.report;
    });
  }
}

/** All records of the histories that the paths are in. */
function storedRecords(
  tables: HistoryTables,
  paths: readonly StorePath[],
): readonly PoisonRecord[] {
  const histories = new Set(paths.map((path) => tables.historyAt(path)));
  return [...histories].flatMap((id) => (id === undefined ? [] : tables.recordsOf(id)));
}

function appendTo(tables: WritableHistoryTables, change: PoisonChange, above: number): Appended {
  const identity = canonicalIdentity(change.identity);
  const replaces = locateAll((path) => tables.historyAt(path), identity);
  const stored = replaces.flatMap((history) => tables.recordsOf(history));
  const standing = standingOf(stored);
  const carried = above > standing.knownEpoch;
  if (change.effect === 'clear' && standing.serial === 0 && !carried) {
    return { record: undefined, standing };
  }
  const record = checkedRecord({ ...change, identity, epoch: nextEpoch(standing, above) });
  const records = [...stored, record];
  putHistory(tables, { replaces, records });
  return { record, standing: standingOf(records) };
}

function putHistory(tables: WritableHistoryTables, { replaces, records }: PlannedHistory): void {
  const [kept, ...gone] = replaces;
  for (const history of gone) tables.remove(history);
  tables.write(kept ?? tables.unusedId(), records);
}

function lookupIn(tables: HistoryTables, identities: readonly Identity[]): readonly Standing[] {
  if (tables.isEmpty()) return identities.map(() => unrecorded);
  const pathCount = identities.reduce((sum, each) => sum + 1 + each.outputPaths.length, 0);
  const standings = new StoredStandings(tables, tables.locator(pathCount));
  return identities.map((identity) => standings.of(identity));
}
