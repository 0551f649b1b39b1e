import type { StorePath } from '@dispatch/nix/store-path';
import type {
  HistoryId,
  HistoryStore,
  HistoryTables,
  WritableHistoryTables,
} from './history-tables.ts';
import { canonicalIdentity, type Identity, identityPaths } from './identity.ts';
import { type PlannedHistory, planMerge, storedRecords } from './merge-plan.ts';
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

/** The ledger's rules over the tables of any backend that has local transactions. */
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

function appendTo(tables: WritableHistoryTables, change: PoisonChange, above: number): Appended {
  const identity = canonicalIdentity(change.identity);
  const stored = storedRecords(tables, identityPaths(identity));
  const standing = standingOf(stored);
  const carried = above > standing.knownEpoch;
  if (change.effect === 'clear' && standing.serial === 0 && !carried) {
    return { record: undefined, standing };
  }
  const record = checkedRecord({ ...change, identity, epoch: nextEpoch(standing, above) });
  const records = [...stored, record];
  putHistory(tables, { replaces: locateAll((path) => tables.historyAt(path), identity), records });
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
  const locate = tables.locator(pathCount);
  const standings = new StoredStandings(tables);
  return identities.map((identity) => standings.ofHistories(locateAll(locate, identity)));
}

/** The histories that any of the identity's paths is in, each once. */
function locateAll(
  locate: (path: StorePath) => HistoryId | undefined,
  identity: Identity,
): readonly HistoryId[] {
  const first = locate(identity.drvPath);
  let found: readonly HistoryId[] = first === undefined ? noHistories : [first];
  for (const path of identity.outputPaths) {
    const history = locate(path);
    if (history !== undefined && !found.includes(history)) found = [...found, history];
  }
  return found;
}

/** Shared, since nearly every one of the thousands of derivations that a build looks up has none. */
const noHistories: readonly HistoryId[] = [];
