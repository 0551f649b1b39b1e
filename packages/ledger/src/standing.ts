import { LedgerError } from './errors.ts';
import { maximumEpoch, type PoisonRecord } from './poison-record.ts';
import { rankRecords } from './record-order.ts';

/** What the ledger says of one derivation at present. */
export interface Standing {
  /** The serial to inject; 0 when it is not poisoned. */
  readonly serial: number;
  /** The highest epoch of any record about it, clears included; 0 when there is none. */
  readonly knownEpoch: number;
  /** The record that counts; undefined when there is none. */
  readonly record: PoisonRecord | undefined;
}

/** The standing of a derivation that no record names. */
export const unrecorded: Standing = { serial: 0, knownEpoch: 0, record: undefined };

/**
 * The standing that one history gives: its highest record counts; a poison gives its epoch as
 * serial, a clear gives 0. It depends on the set of records alone, not on their order.
 */
export function standingOf(records: readonly PoisonRecord[]): Standing {
  let highest: PoisonRecord | undefined;
  for (const record of records) {
    if (highest === undefined || rankRecords(record, highest) > 0) highest = record;
  }
  if (highest === undefined) return unrecorded;
  const serial = highest.effect === 'poison' ? highest.epoch : 0;
  return { serial, knownEpoch: highest.epoch, record: highest };
}

/**
 * The epoch of the next record of a history: never one that was used, not even by a clear, and above
 * the serial that the derivation in hand carries. Throws `epoch-out-of-range` when all are used up.
 */
export function nextEpoch(standing: Standing, above: number): number {
  const epoch = Math.max(standing.knownEpoch, above) + 1;
  if (Number.isSafeInteger(epoch) && epoch >= 1 && epoch <= maximumEpoch) return epoch;
  throw new LedgerError(
    'epoch-out-of-range',
    `the next serial would be ${epoch}, and serials go from 1 to ${maximumEpoch}. Evaluate the ` +
      'original derivation anew rather than starting from one that carries such a serial',
  );
}
