import type { Reach } from '@dispatch/coordinator/client/reach';
import { ownVersion } from '../version.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { userPlace } from '../world/user-place.ts';
import { startUserCoordinator, takeStartedAhead } from './start-ahead.ts';

/** The coordinator of the ledger that the user means, and how it is started. */
export function userReach(options: LedgerOptions): Reach {
  const place = userPlace(options);
  return {
    place,
    version: ownVersion(),
    startedAhead: () => takeStartedAhead(place),
    start: () => startUserCoordinator(place),
  };
}
