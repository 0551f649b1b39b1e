import type { Standing } from '@dispatch/ledger/standing';
import type { Subject } from '../resolve/subject.ts';

/**
 * How the form in somebody's hand compares with what the ledger says now:
 * - `current`: its own serial is the one that counts (or is not known any more);
 * - `stale`: another serial, or none, counts by now, so that this form is built no longer;
 * - `unproven`: it carries a serial above all that the ledger knows of, which then counts.
 */
export type FormInHand = 'current' | 'stale' | 'unproven';

/** Judges the derivation's own serial alone, whatever became of what is below it. */
export function formInHand({ carried }: Pick<Subject, 'carried'>, standing: Standing): FormInHand {
  if (carried === undefined) return 'current';
  if (carried > standing.knownEpoch) return 'unproven';
  return carried === standing.serial ? 'current' : 'stale';
}
