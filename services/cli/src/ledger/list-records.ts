import type { Ledger } from '@dispatch/ledger/ledger';
import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import { recordLine } from '@dispatch/ledger/record-line';
import { compareText } from '@dispatch/ledger/record-order';
import { derivationName } from '@dispatch/nix/store-path';
import { age } from '../show/age.ts';
import { authorText, reasonText, recordJson } from '../show/poison-record.ts';
import { table } from '../show/table.ts';

/** A record, and whether it is the effective one of its history. */
export interface ListedRecord {
  readonly record: PoisonRecord;
  readonly counts: boolean;
}

/** The records by which something is poisoned now, or all records; sorted by the name of the derivation. */
export async function listedRecords(
  { poison }: Pick<Ledger, 'poison'>,
  all: boolean,
): Promise<ListedRecord[]> {
  const records = await poison.records();
  const standings = await poison.lookup(records.map(({ identity }) => identity));
  const counting = new Set(
    standings.flatMap(({ record }) => (record === undefined ? [] : recordLine(record))),
  );
  return records
    .toSorted(byName)
    .map((record) => ({ record, counts: counting.has(recordLine(record)) }))
    .filter(({ record, counts }) => all || (counts && record.effect === 'poison'));
}

/** Sorts by name; records of one derivation stay in their order. */
function byName(a: PoisonRecord, b: PoisonRecord): number {
  return compareText(derivationName(a.identity.drvPath), derivationName(b.identity.drvPath));
}

/** The records as a table for people. */
export function listLines(listed: readonly ListedRecord[], all: boolean, now: number): string[] {
  if (listed.length === 0) return [all ? 'nothing is recorded' : 'nothing is poisoned'];
  return all ? allLines(listed, now) : countingLines(listed, now);
}

function countingLines(listed: readonly ListedRecord[], now: number): string[] {
  const rows = listed.map(({ record }) => [
    derivationName(record.identity.drvPath),
    String(record.epoch),
    authorText(record),
    age(record.time, now),
    reasonText(record),
  ]);
  return table(['NAME', 'SERIAL', 'AUTHOR', 'WHEN', 'REASON'], rows);
}

function allLines(listed: readonly ListedRecord[], now: number): string[] {
  const rows = listed.map(({ record, counts }) => [
    derivationName(record.identity.drvPath),
    String(record.epoch),
    record.effect,
    counts ? 'yes' : '',
    authorText(record),
    age(record.time, now),
    reasonText(record),
  ]);
  return table(['NAME', 'EPOCH', 'EFFECT', 'COUNTS', 'AUTHOR', 'WHEN', 'REASON'], rows);
}

/** The same for programs. */
export function listJson({ record, counts }: ListedRecord): object {
  return { name: derivationName(record.identity.drvPath), counts, ...recordJson(record) };
}
