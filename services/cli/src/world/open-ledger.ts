import { existsSync } from 'node:fs';
import { defaultLedgerUrl } from '@dispatch/ledger/default-location';
import type { Ledger } from '@dispatch/ledger/ledger';
import { openLedger } from '@dispatch/ledger/open-ledger';
import { CommandError } from '../errors.ts';

/** What `--ledger` says; every command that remembers or looks up takes it. */
export interface LedgerOptions {
  /** `lmdb:DIRECTORY` or `memory:`; by default the one in the user's state directory. */
  readonly ledger?: string | undefined;
}

/** The URL of a ledger on disk, with its folder. */
const onDisk = /^lmdb:(.+)$/;

/**
 * Opens the ledger for commands that only read: one that was named and does not exist is misspelt, and
 * must not make it look as if all were well. Throws `no-ledger`.
 */
export async function openKnownLedger(options: LedgerOptions): Promise<Ledger> {
  const folder = onDisk.exec(options.ledger ?? '')?.[1];
  if (folder !== undefined && !existsSync(folder)) {
    const message = `there is no ledger in ${folder}: name a folder in which one was kept`;
    throw new CommandError('no-ledger', message);
  }
  return openUserLedger(options);
}

/**
 * Opens the ledger that the user means, which is made if it is not there. The caller closes it. Throws
 * what opening a ledger throws.
 */
export function openUserLedger(options: LedgerOptions): Promise<Ledger> {
  return openLedger(options.ledger ?? defaultLedgerUrl());
}
