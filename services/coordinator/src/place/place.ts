import { chmodSync, lstatSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { badLedgerUrl } from '@dispatch/ledger/errors';
import { ledgerFault } from '@dispatch/ledger/lmdb/fault';
import { makeFolder } from '@dispatch/ledger/lmdb/make-folder';
import { CoordinatorError } from '../errors.ts';

/** Where the coordinator of a ledger is found: a folder for this user alone, with its socket. */
export interface Place {
  readonly folder: string;
  /** URL of the ledger that it holds. */
  readonly ledger: string;
}

/**
 * A ledger in a folder has its coordinator inside it, whatever the folder is called by. One in memory
 * is as short-lived as its coordinator, which is found in the user's state directory. Throws
 * `bad-ledger-url`.
 */
export function placeOf(ledger: string, stateDirectory: string): Place {
  const isFolder = ledger.startsWith('lmdb:') && ledger !== 'lmdb:';
  if (!isFolder && ledger !== 'memory:') throw badLedgerUrl(ledger);
  const home = isFolder ? resolve(ledger.slice('lmdb:'.length)) : join(stateDirectory, 'memory');
  return { folder: join(home, 'coordinator'), ledger: isFolder ? `lmdb:${home}` : ledger };
}

/** Makes the folder, so that nobody else may enter it. Throws `bad-place`, and as the ledger does. */
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

/** The folder of the runs that were asked for and are not over. */
export function requestsFolderOf({ folder }: Place): string {
  return join(folder, 'requests');
}

/** The file of one of them. */
export function requestFileOf(place: Place, run: string): string {
  return join(requestsFolderOf(place), `${run}.json`);
}

/** The file that says which builders are out of use. */
export function withdrawalsFileOf({ folder }: Place): string {
  return join(folder, 'withdrawn.json');
}

/** What a coordinator writes that was started by a command. */
export function logOf({ folder }: Place): string {
  return join(folder, 'log');
}

/** The file descriptor by which a coordinator that was started by a command is connected with it. */
export const startChannel = 3;
