import { type Place, placeOf } from '@dispatch/coordinator/place/place';
import { defaultLedgerUrl, stateDirectory } from '@dispatch/ledger/default-location';
import type { LedgerOptions } from './open-ledger.ts';

/** Where the coordinator of the ledger that the user means is found, whether one runs or not. */
export function userPlace({ ledger = defaultLedgerUrl() }: LedgerOptions): Place {
  return placeOf(ledger, stateDirectory());
}
