import { LedgerError } from './errors.ts';
import type { HistoryId, HistoryTables } from './history-tables.ts';
import { type Identity, identityPaths } from './identity.ts';
import { joinHistories } from './join-histories.ts';
import type { MergeReport, SerialChange } from './poison-ledger.ts';
import type { PoisonRecord } from './poison-record.ts';
import { recordLine } from './record-line.ts';
import { compareText } from './record-order.ts';
import { checkedRecord } from './record-rules.ts';
import { standingOf } from './standing.ts';
import { StoredStandings } from './stored-standings.ts';

/** What a merge would write, worked out before anything is written. */
export interface MergePlan {
  readonly histories: readonly PlannedHistory[];
  readonly report: MergeReport;
}

/** A history as it will be, and the stored ones that it replaces. */
export interface PlannedHistory {
  readonly replaces: readonly HistoryId[];
  readonly records: readonly PoisonRecord[];
}

/** How many epochs an import may be ahead of what is known, unless a person allows more. */
const usualMaximumJump = 1000;

/**
 * Plans the union of what is stored and `records`. Throws `far-jump` for a record that is too far
 * ahead of what is stored for its own paths: a mistake or mischief, which nothing could undo.
 */
export function planMerge(
  tables: HistoryTables,
  records: readonly PoisonRecord[],
  maximumJump: number = usualMaximumJump,
): MergePlan {
  const fresh = unstored(tables, records.map(checkedRecord));
  const standings = new StoredStandings(tables, (path) => tables.historyAt(path));
  for (const record of fresh) assertNoFarJump(standings, record, maximumJump);
  const histories = joinHistories(tables, fresh).map((joined) => ({
    replaces: joined.stored,
    records: [...joined.stored.flatMap((id) => tables.recordsOf(id)), ...joined.fresh],
  }));
  const changes = histories.flatMap((history) => serialChanges(standings, history));
  changes.sort((a, b) => compareText(a.identity.drvPath, b.identity.drvPath));
  const report = { added: fresh.length, alreadyKnown: records.length - fresh.length, changes };
  return { histories, report };
}

/** The records that the tables do not hold, each once. */
function unstored(tables: HistoryTables, records: readonly PoisonRecord[]): PoisonRecord[] {
  const lines = new Map<HistoryId, ReadonlySet<string>>();
  const linesOf = (history: HistoryId): ReadonlySet<string> => {
    const known = lines.get(history) ?? new Set(tables.recordsOf(history).map(recordLine));
    lines.set(history, known);
    return known;
  };
  const fresh = new Map<string, PoisonRecord>();
  for (const record of records) {
    const line = recordLine(record);
    const history = tables.historyAt(record.identity.drvPath);
    if (history === undefined || !linesOf(history).has(line)) fresh.set(line, record);
  }
  return [...fresh.values()];
}

function assertNoFarJump(
  standings: StoredStandings,
  record: PoisonRecord,
  maximumJump: number,
): void {
  const known = standings.of(record.identity).knownEpoch;
  if (record.epoch - known <= maximumJump) return;
  throw new LedgerError(
    'far-jump',
    `nothing was imported: a record gives ${record.identity.drvPath} the serial ${record.epoch}, ` +
      `and ${known === 0 ? 'none is known here' : `the highest known here is ${known}`}; more ` +
      `than ${maximumJump} at once is taken for a mistake. Ask ${JSON.stringify(record.author)}, ` +
      'who is named as its author; if it is meant, allow a larger jump',
  );
}

/** The derivations of a planned history whose serial it changes. */
function serialChanges(standings: StoredStandings, history: PlannedHistory): SerialChange[] {
  const after = standingOf(history.records).serial;
  const identities = new Map<string, Identity>();
  for (const { identity } of history.records) {
    identities.set(identityPaths(identity).join('\n'), identity);
  }
  return [...identities.values()].flatMap((identity) => {
    const before = standings.of(identity).serial;
    return before === after ? [] : [{ identity, before, after }];
  });
}
