import { assertPoisonable } from '@dispatch/graph/rewrite-graph';
import { identityPaths } from '@dispatch/ledger/identity';
import type { PoisonLedger } from '@dispatch/ledger/poison-ledger';
import { nextEpoch, type Standing } from '@dispatch/ledger/standing';
import type { Subject } from '../resolve/subject.ts';
import { type FormInHand, formInHand } from './form-in-hand.ts';

/** What poisoning one derivation would do. */
export interface PlannedPoison {
  readonly subject: Subject;
  readonly standing: Standing;
  readonly form: FormInHand;
  /** The serial that it would get. */
  readonly serial: number;
}

/**
 * Works out what poisoning would do to each derivation, once although several subjects may belong
 * to it, or share its output. Throws `cannot-poison` for what no serial would help.
 */
export async function planPoison(
  subjects: readonly Subject[],
  ledger: PoisonLedger,
): Promise<PlannedPoison[]> {
  for (const subject of subjects) {
    if (subject.from === 'derivation') assertPoisonable(subject.original);
  }
  const distinct = distinctSubjects(subjects);
  const standings = await ledger.lookup(distinct.map(({ identity }) => identity));
  return distinct.map((subject, index) => {
    const standing = standings[index];
    if (standing === undefined) throw new TypeError('the ledger left a question unanswered');
    const serial = nextEpoch(standing, subject.carried ?? 0);
    return { subject, standing, form: formInHand(subject, standing), serial };
  });
}

/** Each derivation once: of several forms the one with the highest serial, which is the newest. */
export function distinctSubjects(subjects: readonly Subject[]): readonly Subject[] {
  const distinct: Subject[] = [];
  for (const subject of subjects) {
    const paths = new Set(identityPaths(subject.identity));
    const at = distinct.findIndex((one) => identityPaths(one.identity).some((p) => paths.has(p)));
    const known = distinct[at];
    if (known === undefined) distinct.push(subject);
    else if ((subject.carried ?? 0) > (known.carried ?? 0)) distinct[at] = subject;
  }
  return distinct;
}
