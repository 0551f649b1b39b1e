import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from './errors.ts';
import { openCarrier } from './open-carrier.ts';
import type { SshAddress } from './ssh/ssh-address.ts';
import type { StoreAddress } from './store-address.ts';
import type { CarrierOptions } from './transport.ts';

const storeFolder = '/nix/store';

/**
 * Bytes that are free where a store lies. A daemon does not tell; so it is known for stores of this
 * machine, and behind SSH where the login may run `df`. Undefined for all others.
 */
export async function freeSpace(
  address: StoreAddress,
  options: CarrierOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    return address.kind === 'ssh'
      ? await freeThere(address, options, signal)
      : await freeHere(folderOf(address));
  } catch {
    throwIfCancelled(signal, 'asking how much space is free');
    return undefined;
  }
}

/** The socket of another daemon says nothing about where its store is. */
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

async function freeThere(
  address: SshAddress,
  options: CarrierOptions,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (address.remoteStore !== undefined) return undefined;
  // What is appended to start a daemon is an argument of the shell here, which it passes over.
  const remoteProgram = ['sh', '-c', `df -Pk ${storeFolder}`, 'df'];
  const carrier = openCarrier({ ...address, remoteProgram }, options);
  try {
    const transport = await carrier.open(signal);
    signal.addEventListener('abort', () => transport.destroy(), { once: true });
    return freeIn(await textOf(transport.input));
  } finally {
    carrier.close();
  }
}

/** More than any `df` says of one folder; whoever sends more is not `df`. */
const longestAnswer = 16_384;

async function textOf(input: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of input) {
    bytes += piece.length;
    if (bytes > longestAnswer) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('latin1');
}

/** From POSIX's form: the available KiB are the fourth word of the second line. */
function freeIn(table: string): number | undefined {
  const [, , , available = ''] = table.split('\n')[1]?.split(/\s+/) ?? [];
  return /^\d{1,15}$/.test(available) ? Number(available) * 1024 : undefined;
}
