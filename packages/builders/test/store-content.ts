import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { byteStringOfText } from '@dispatch/nix/byte-string';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import { addTextToStore } from '@dispatch/protocol/operations/add-text-to-store';
import type { Builder } from '../../../test/farm/builder.ts';
import { DaemonStore } from '../src/daemon-store.ts';
import { parseMachines } from '../src/machines-file.ts';

/** A farm's builder as dispatch sees it: through its line of a machines file. */
export function storeOf(builder: Builder, options = {}): DaemonStore {
  return storeAt(builder.machineLine, options);
}

/** The same for any line. */
export function storeAt(machineLine: string, options = {}): DaemonStore {
  const machines = parseMachines(machineLine, {
    source: 'test',
    defaultSystem: 'x86_64-linux',
    readFile: () => undefined,
  });
  return new DaemonStore(machines.at(0)!, { connectSeconds: 10, ...options });
}

/** A text in a store, referring to others. */
export function addText(
  store: DaemonStore,
  name: string,
  references: readonly StorePath[] = [],
  content = '',
): Promise<StorePath> {
  const text = byteStringOfText([name, ...references, content].join('\n'));
  return store.pool.withConnection((connection) =>
    addTextToStore(connection, { name, text, references }),
  );
}

/** A chain: each text refers to the one before. The last is given first. */
export async function addChain(
  store: DaemonStore,
  name: string,
  length: number,
): Promise<StorePath[]> {
  const chain: StorePath[] = [];
  for (let at = 0; at < length; at += 1) {
    chain.unshift(await addText(store, `${name}-${at}`, chain.slice(0, 1)));
  }
  return chain;
}

/** Texts of which the last third refers to two of the others each. */
export async function addFan(
  store: DaemonStore,
  name: string,
  count: number,
): Promise<StorePath[]> {
  const third = Math.floor(count / 3);
  const fan: StorePath[] = [];
  for (let at = 0; at < count; at += 1) {
    const references = at < 2 * third ? [] : [fan[at - third]!, fan[at - 2 * third]!].toSorted();
    fan.push(await addText(store, `${name}-${at}`, references));
  }
  return fan;
}

/** A file of random bytes in a builder's store. */
export async function addRandomFile(
  builder: Builder,
  name: string,
  mebibytes: number,
): Promise<StorePath> {
  const file = join(builder.daemon.folder, name);
  const handle = openSync(file, 'w');
  for (let at = 0; at < mebibytes; at += 1) writeSync(handle, randomBytes(1024 * 1024));
  closeSync(handle);
  const env = { ...process.env, NIX_REMOTE: `unix://${builder.daemon.socket}` };
  const { stdout } = await promisify(execFile)('nix-store', ['--add', file], { env });
  rmSync(file);
  return parseStorePath(stdout.trim());
}

/** Waits until something holds, looking often; the test's own time limit ends a vain wait. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
