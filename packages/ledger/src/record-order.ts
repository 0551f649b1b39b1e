import type { PoisonRecord } from './poison-record.ts';
import { recordLine } from './record-line.ts';

/**
 * Positive when `a` ranks above `b` in one history: the higher epoch first; in one epoch a poison
 * before a clear (a rebuild too many is better than a bad result); then the later; then by text, so
 * that every ledger picks the same of two equal ones.
 */
export function rankRecords(a: PoisonRecord, b: PoisonRecord): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.effect !== b.effect) return a.effect === 'poison' ? 1 : -1;
  if (a.time !== b.time) return a.time - b.time;
  return compareText(recordLine(a), recordLine(b));
}

/** The order of an export: by derivation, then upward in epochs, so that new lines stand together. */
export function compareForExport(a: PoisonRecord, b: PoisonRecord): number {
  const byPath = compareText(a.identity.drvPath, b.identity.drvPath);
  if (byPath !== 0) return byPath;
  return a.epoch === b.epoch ? compareText(recordLine(a), recordLine(b)) : a.epoch - b.epoch;
}

/** Orders by UTF-16 units, the same everywhere whatever the locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
