import type { Reach } from '@dispatch/coordinator/client/reach';
import { ownVersion } from '../version.ts';
import type { LedgerOptions } from '../world/open-ledger.ts';
import { userPlace } from '../world/user-place.ts';
import { startUserCoordinator, takeStartedAhead } from './start-ahead.ts';

/** Where the coordinator of the user's ledger is, and how to start it. */
export function userReach(options: LedgerOptions): Reach {
  const place = userPlace(options);
  return {
    place,
    version: ownVersion(),
    startedAhead: () => takeStartedAhead(place),
    start: () => startUserCoordinator(place),
  };
}
