import { statfsSync } from 'node:fs';
import { messageOf } from '@dispatch/nix/message-of';
import { LedgerError } from '../errors.ts';

const fullDiskCodes: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 28, 122]);
const unwritableCodes: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EEXIST',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
  13,
  1,
  30,
]);
/** LMDB's own: page not found, corrupted, panic, version mismatch, not an LMDB file. */
const corruptCodes: ReadonlySet<unknown> = new Set([-30797, -30796, -30795, -30794, -30793]);
/** The map that bounds the size of the file is full. */
const mapFullCode = -30792;
const ioErrorCode = 5;

/** With fewer free bytes than this, an I/O error is put down to a full disk. */
const nearlyNothing = 64 * 1024;

/**
 * Turns an error of LMDB or the file system into one that says what to do; returns others
 * unchanged.
 */
export function ledgerFault(cause: unknown, directory: string): unknown {
  const code = codeOf(cause);
  if (isFullDisk(code, directory)) return diskFull(directory, cause);
  if (unwritableCodes.has(code)) return notWritable(directory, cause);
  if (corruptCodes.has(code)) return corrupt(directory, cause);
  return cause;
}

/** LMDB reports a page that was written in part, as the last one on a full disk, as an I/O error. */
function isFullDisk(code: unknown, directory: string): boolean {
  if (fullDiskCodes.has(code) || code === mapFullCode) return true;
  if (code !== ioErrorCode) return false;
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < nearlyNothing;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function diskFull(directory: string, cause: unknown): LedgerError {
  return new LedgerError(
    'disk-full',
    `state disk full at ${directory}: nothing was recorded; free space or set XDG_STATE_HOME`,
    { path: directory, cause },
  );
}

function notWritable(directory: string, cause: unknown): LedgerError {
  return new LedgerError(
    'not-writable',
    `the ledger cannot be kept in ${directory} (${messageOf(cause)}): make that a folder which ` +
      'this user may write, or set XDG_STATE_HOME to another one',
    { path: directory, cause },
  );
}

function corrupt(directory: string, cause: unknown): LedgerError {
  return new LedgerError(
    'corrupt',
    `the ledger in ${directory} is damaged. Move the folder away and start anew; an export or a ` +
      'teammate’s ledger brings the serials back by `dispatch ledger import`',
    { path: directory, cause },
  );
}
