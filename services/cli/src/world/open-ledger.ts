import { defaultLedgerUrl } from '@dispatch/ledger/default-location';
import type { Ledger } from '@dispatch/ledger/ledger';
import { openLedger } from '@dispatch/ledger/open-ledger';

/** What `--ledger` says; every command that remembers or looks up takes it. */
export interface LedgerOptions {
  /** `lmdb:DIRECTORY` or `memory:`; by default the one in the user's state directory. */
  readonly ledger?: string | undefined;
}

/** Opens the ledger that the user means. The caller closes it. Throws what opening a ledger throws. */
export function openUserLedger(options: LedgerOptions): Promise<Ledger> {
  return openLedger(options.ledger ?? defaultLedgerUrl());
}
