import { type Place, placeOf } from '@dispatch/coordinator/place/place';
import { defaultLedgerUrl, stateDirectory } from '@dispatch/ledger/default-location';
import type { LedgerOptions } from './open-ledger.ts';

/** Where the coordinator is found of the ledger that the user means, whether one runs or not. */
export function userPlace({ ledger = defaultLedgerUrl() }: LedgerOptions): Place {
  return placeOf(ledger, stateDirectory());
}
