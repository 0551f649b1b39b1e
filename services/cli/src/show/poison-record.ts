import { type PoisonRecord, shownAuthor } from '@dispatch/ledger/poison-record';
import { age } from './age.ts';
import { oneLine } from './terminal.ts';

/** `Ann <ann@example.org> (unproven), 3 days ago: miscompiles memcpy`, fit for a terminal. */
export function recordText(record: PoisonRecord, now: number): string {
  return `${authorText(record)}, ${age(record.time, now)}: ${reasonText(record)}`;
}

/** The author, marked as unproven. */
export function authorText(record: PoisonRecord): string {
  return oneLine(shownAuthor(record));
}

/** The reason on one line: it came from somebody else, and may hold anything. */
export function reasonText({ reason }: Pick<PoisonRecord, 'reason'>): string {
  return oneLine(reason);
}

/** A record for programs, as in an export. */
export function recordJson({
  identity,
  epoch,
  effect,
  author,
  time,
  reason,
}: PoisonRecord): object {
  return {
    drvPath: identity.drvPath,
    outputPaths: identity.outputPaths,
    epoch,
    effect,
    author,
    authorProven: false,
    time: new Date(time).toISOString(),
    reason,
  };
}
