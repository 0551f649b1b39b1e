import type { PlannedPoison } from '@dispatch/engine/poison/poison-plan';
import { CommandError } from '../errors.ts';
import { recordText } from '../show/poison-record.ts';
import type { NamedSubject } from '../subjects/find-subjects.ts';

/**
 * Throws `stale` for a form that another serial has replaced already. Not for an expression: that always
 * gives what Nix computes, and stands for what is built from it now.
 */
export function assertNotStale(
  planned: readonly PlannedPoison[],
  named: readonly NamedSubject[],
): void {
  const evaluated = new Set(
    named.filter(({ by }) => by === 'expression').map(({ subject }) => subject),
  );
  const stale = planned.filter(({ form, subject }) => form === 'stale' && !evaluated.has(subject));
  if (stale.length === 0) return;
  throw new CommandError('stale', `nothing was poisoned: ${stale.map(staleText).join('; ')}`);
}

/** Which serial this form has, and what became of the derivation since. */
function staleText({ subject, standing }: PlannedPoison): string {
  const { word, name, carried } = subject;
  const had = carried === 0 ? 'no serial' : `serial ${carried}`;
  const { record, serial } = standing;
  const who = record === undefined ? '' : ` (${recordText(record, Date.now())})`;
  const now = serial === 0 ? `it was cleared since${who}` : `it has serial ${serial} now${who}`;
  return (
    `'${word}' is ${name} with ${had}, and ${now}: what you have is not built any more. Build again; ` +
    'if that is bad, too, name the new path, or use --again'
  );
}
