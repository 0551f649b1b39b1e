import { existsSync } from 'node:fs';
import { withdrawalsFileOf } from '@dispatch/coordinator/place/place';
import type { WithdrawnBuilder } from '@dispatch/coordinator/steering/withdrawals';
import { CommandError } from '../errors.ts';
import type { LedgerOptions } from './open-ledger.ts';
import { userPlace } from './user-place.ts';

/** The machines that `dispatch builders drain` and `skip` took out of use. Throws `bad-file`. */
export async function withdrawnBuilders(
  options: LedgerOptions,
): Promise<readonly WithdrawnBuilder[]> {
  const place = userPlace(options);
  const file = withdrawalsFileOf(place);
  if (!existsSync(file)) return [];
  // Few users have such a file; the others need not load what checks it.
  const { readWithdrawn } = await import('@dispatch/coordinator/steering/withdrawals');
  try {
    return readWithdrawn(place);
  } catch (cause) {
    const message = `${file} does not say which machines are out of use: remove it, and drain them anew`;
    throw new CommandError('bad-file', message, cause);
  }
}
