import type { Ledger } from './ledger.ts';
import type { PoisonRecord } from './poison-record.ts';
import { recordLine } from './record-line.ts';
import { compareForExport } from './record-order.ts';

/** The `format` of an export's first line. */
export const exportFormat = 'dispatch-ledger';
export const exportVersion = 1;

/** The first line of an export. */
export interface HeaderLine {
  readonly format: typeof exportFormat;
  readonly version: typeof exportVersion;
  /** The serial variable of the ledger that was exported. */
  readonly variable: string;
}

/**
 * All poison records as JSON lines: a header, then one line a record, sorted, each byte determined
 * by the records alone. So it can be kept in git, and merged there line by line.
 */
export async function exportLedger(ledger: Ledger): Promise<string> {
  return exportText(ledger.variable, await ledger.poison.records());
}

/** The text of an export of the given records. */
export function exportText(variable: string, records: readonly PoisonRecord[]): string {
  const header: HeaderLine = { format: exportFormat, version: exportVersion, variable };
  const lines = records.toSorted(compareForExport).map(recordLine);
  return [JSON.stringify(header), ...lines, ''].join('\n');
}
