import type { RecordedAttempt } from '@dispatch/ledger/group-attempt';
import { CommandError } from '../errors.ts';
import { type LedgerOptions, openKnownLedger } from '../world/open-ledger.ts';

/**
 * At most `limit` attempts, the newest first: those of the group with the name `text`, or with an id that
 * begins with it; of all groups where it is undefined. Throws `no-group` where a text names none.
 */
export async function findAttempts(
  text: string | undefined,
  limit: number,
  flags: LedgerOptions,
): Promise<readonly RecordedAttempt[]> {
  const ledger = await openKnownLedger(flags);
  try {
    const found = await ledger.groups.find(text, limit);
    if (found.length > 0 || text === undefined) return found;
  } finally {
    await ledger.close();
  }
  throw new CommandError(
    'no-group',
    `no group '${text}' was ever begun from here: 'dispatch group status' lists those that were; an id ` +
      'needs its first 8 characters',
  );
}
