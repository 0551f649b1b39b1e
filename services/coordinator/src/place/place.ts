import { chmodSync, lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badLedgerUrl } from '@dispatch/ledger/errors';
import { ledgerFault } from '@dispatch/ledger/lmdb/fault';
import { makeFolder } from '@dispatch/ledger/lmdb/make-folder';
import { CoordinatorError } from '../errors.ts';

/** Where a ledger's coordinator is found: a folder that only this user can enter. */
export interface Place {
  readonly folder: string;
  /** URL of the ledger that it holds. */
  readonly ledger: string;
}

/**
 * The place for the coordinator of a ledger. For a ledger in a folder it is inside that folder,
 * however the folder is named in the URL. A ledger in memory lives only as long as its coordinator,
 * whose place is in the user's state directory. Throws `bad-ledger-url`.
 */
export function placeOf(ledger: string, stateDirectory: string): Place {
  const isFolder = ledger.startsWith('lmdb:') && ledger !== 'lmdb:';
  if (!isFolder && ledger !== 'memory:') throw badLedgerUrl(ledger);
  const home = isFolder ? resolve(ledger.slice('lmdb:'.length)) : join(stateDirectory, 'memory');
  return { folder: join(home, 'coordinator'), ledger: isFolder ? `lmdb:${home}` : ledger };
}

/**
 * Makes the folder, which nobody else may enter. Throws `bad-place`, and what the ledger throws for
 * a faulty folder.
 */
export function preparePlace({ folder }: Place): void {
  try {
    makeFolder(folder);
    assertOurs(folder);
    chmodSync(folder, 0o700);
  } catch (cause) {
    throw ledgerFault(cause, folder);
  }
}

function assertOurs(folder: string): void {
  const { uid } = lstatSync(folder);
  if (process.getuid === undefined || uid === process.getuid()) return;
  throw new CoordinatorError(
    'bad-place',
    `${folder} belongs to another user (${uid}): use a ledger of your own, with --ledger lmdb:DIRECTORY`,
  );
}

/** The socket that commands connect to. */
export function socketOf({ folder }: Place): string {
  return join(folder, 'socket');
}

/** The folder with the files of runs that were requested and are not over. */
export function requestsFolderOf({ folder }: Place): string {
  return join(folder, 'requests');
}

/** The file of one run. */
export function requestFileOf(place: Place, run: string): string {
  return join(requestsFolderOf(place), `${run}.json`);
}

/** The file that says which builders are out of use. */
export function withdrawalsFileOf({ folder }: Place): string {
  return join(folder, 'withdrawn.json');
}

/** The log of a coordinator that was started by a command. */
export function logOf({ folder }: Place): string {
  return join(folder, 'log');
}

/** The file descriptor that connects a coordinator with the command that started it. */
export const startChannel = 3;
