import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from './errors.ts';
import { outputOf } from './machine-command.ts';
import type { SshAddress } from './ssh/ssh-address.ts';
import type { StoreAddress } from './store-address.ts';
import type { Carrier } from './transport.ts';

const storeFolder = '/nix/store';

/**
 * Bytes that are free on a store's file system. No daemon tells, so it is known only for stores of
 * this machine, and behind SSH where the login may run `df`; undefined for all others.
 */
export async function freeSpace(
  address: StoreAddress,
  carrier: Carrier,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return address.kind === 'ssh'
      ? await freeThere(address, carrier, signal)
      : await freeHere(folderOf(address));
  } catch {
    throwIfCancelled(signal, 'asking how much space is free');
    return undefined;
  }
}

/**
 * The folder of a store on this machine; undefined for a `unix://` socket, whose daemon may have
 * its store anywhere.
 */
function folderOf(address: Exclude<StoreAddress, SshAddress>): string | undefined {
  if (address.kind === 'unix') return undefined;
  if (address.kind !== 'local') return storeFolder;
  const [, query = ''] = address.store.split(/\?(.*)/s, 2);
  const root = new URLSearchParams(query.replaceAll('+', '%2B')).get('root') ?? '/';
  return join(root, storeFolder);
}

async function freeHere(folder: string | undefined): Promise<number | undefined> {
  if (folder === undefined) return undefined;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** More than any `df` prints about one folder; output beyond that is cut off. */
const mostBytes = 16_384;

async function freeThere(
  { remoteStore }: SshAddress,
  carrier: Carrier,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (remoteStore !== undefined) return undefined;
  return freeIn(await outputOf(carrier, ['df', '-Pk', storeFolder], { mostBytes, signal }));
}

/** Parses the POSIX output format: the available KiB are the fourth word of the second line. */
function freeIn(table: string): number | undefined {
  const [, , , available = ''] = table.split('\n')[1]?.split(/\s+/) ?? [];
  return /^\d{1,15}$/.test(available) ? Number(available) * 1024 : undefined;
}
