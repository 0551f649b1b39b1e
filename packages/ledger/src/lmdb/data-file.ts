import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { LedgerError } from '../errors.ts';

/*
 * LMDB reads its file through shared memory: a file that is something else, or was cut off, can end
 * the process with a signal that nothing can catch. So its two header pages are looked at first, by
 * the layout of the LMDB that is used here (data version 2: 24 bytes of page header, then MDB_meta).
 */
const magic = 0xbeefc0de;
const dataVersion = 2;
const metaStart = 24;
const pageSizeAt = metaStart + 24;
const rootPagesAt: readonly number[] = [metaStart + 64, metaStart + 112];
const transactionAt = metaStart + 128;
const metaEnd = transactionAt + 8;
const noPage = 2n ** 64n - 1n;

/** Throws `corrupt` when the file cannot be a ledger's data. A missing or empty file is a new one. */
export function checkDataFile(file: string): void {
  const fault = dataFileFault(file);
  if (fault === undefined) return;
  throw new LedgerError(
    'corrupt',
    `${file} is not a ledger that can be read: ${fault}. Move it away and start anew; an export ` +
      'or a teammate’s ledger brings the serials back by `dispatch ledger import`',
    { path: file },
  );
}

/** Whether there is nothing in the file yet. */
export function isNewFile(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

function dataFileFault(file: string): string | undefined {
  if (isNewFile(file)) return undefined;
  const status = statSync(file);
  if (!status.isFile()) return 'it is not a file';
  const first = read(file, 0);
  if (first.length < metaEnd) return 'it is too short';
  if (first.readUInt32LE(metaStart) !== magic) return 'it is not an LMDB file';
  const version = first.readUInt32LE(metaStart + 4);
  if (version !== dataVersion) return `it has LMDB's data version ${version}, not ${dataVersion}`;
  const pageSize = first.readUInt32LE(pageSizeAt);
  const second = read(file, pageSize);
  if (second.length < metaEnd) return 'it was cut off';
  return rootFault(newerOf(first, second), pageSize, status.size);
}

/** The header of the last transaction: the two pages are written in turns. */
function newerOf(first: Buffer, second: Buffer): Buffer {
  return second.readBigUInt64LE(transactionAt) > first.readBigUInt64LE(transactionAt)
    ? second
    : first;
}

function rootFault(meta: Buffer, pageSize: number, size: number): string | undefined {
  const lost = rootPagesAt
    .map((at) => meta.readBigUInt64LE(at))
    .some((page) => page !== noPage && (page + 1n) * BigInt(pageSize) > BigInt(size));
  return lost ? 'it was cut off' : undefined;
}

function read(file: string, position: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(metaEnd);
    return buffer.subarray(0, readSync(descriptor, buffer, 0, metaEnd, position));
  } finally {
    closeSync(descriptor);
  }
}
