import type { PoisonRecord } from './poison-record.ts';

/** What the ledger says of one derivation now. */
export interface Standing {
  /** The serial to inject; 0 when it is not poisoned. */
  readonly serial: number;
  /** The highest epoch of any record about it, clears included; 0 when there is none. */
  readonly knownEpoch: number;
  /** The record that counts; undefined when there is none. */
  readonly record: PoisonRecord | undefined;
}
