import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { StorePath } from '@dispatch/nix/store-path';

/** A log that the store's own daemon kept. */
export interface HubLog {
  readonly from: 'hub';
  readonly path: StorePath;
  /** The output of a program; whoever does not read all of it must destroy it, which ends the program. */
  readonly text: Readable;
}

/**
 * The log that the store's own daemon kept of the first of these paths that has one, as the user's own
 * `nix-store --read-log` finds it; undefined where none has, or without Nix.
 */
export async function hubLog(
  paths: readonly StorePath[],
  store: string | undefined,
): Promise<HubLog | undefined> {
  for (const path of paths) {
    const text = await readLog(path, store);
    if (text !== undefined) return { from: 'hub', path, text };
  }
  return undefined;
}

/** The output of `nix-store --read-log`, once there is some; undefined for a path without a log, whose error is ignored. */
async function readLog(path: StorePath, store: string | undefined): Promise<Readable | undefined> {
  const words = ['--read-log', path, ...(store === undefined ? [] : ['--store', store])];
  const child = spawn('nix-store', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const { stdout } = child;
  child.on('error', () => stdout.destroy());
  await new Promise((resolve) => stdout.once('readable', resolve).once('close', resolve));
  return stdout.readableLength > 0 ? stdout : undefined;
}
