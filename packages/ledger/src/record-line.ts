import { canonicalIdentity } from './identity.ts';
import type { PoisonRecord } from './poison-record.ts';

/** One line of an export, before it is checked. The field order is the canonical one. */
export interface RecordLine {
  readonly drvPath: string;
  readonly outputPaths: readonly string[];
  readonly epoch: number;
  readonly effect: 'poison' | 'clear';
  readonly author: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  readonly reason: string;
}

/**
 * A record as its line in an export. Two records are the same record exactly when their lines are
 * the same text; this is what makes a merge a union.
 */
export function recordLine(record: PoisonRecord): string {
  const { drvPath, outputPaths } = canonicalIdentity(record.identity);
  const line: RecordLine = {
    drvPath,
    outputPaths,
    epoch: record.epoch,
    effect: record.effect,
    author: record.author,
    time: new Date(record.time).toISOString(),
    reason: record.reason,
  };
  return JSON.stringify(line);
}
