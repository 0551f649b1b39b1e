import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { StorePath } from '@dispatch/nix/store-path';

/** Kept by the store's own daemon. */
export interface HubLog {
  readonly from: 'hub';
  readonly path: StorePath;
  /** Whoever reads it not to its end destroys it, which ends the program that it comes from. */
  readonly text: Readable;
}

/**
 * The log that the store's own daemon kept of the first of these that it knows, as the user's own
 * `nix-store --read-log` finds it; undefined without one, or without Nix.
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

/** Its output, once there is some; a path without a log gives none, and an error that is no news. */
async function readLog(path: StorePath, store: string | undefined): Promise<Readable | undefined> {
  const words = ['--read-log', path, ...(store === undefined ? [] : ['--store', store])];
  const child = spawn('nix-store', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const { stdout } = child;
  child.on('error', () => stdout.destroy());
  await new Promise((resolve) => stdout.once('readable', resolve).once('close', resolve));
  return stdout.readableLength > 0 ? stdout : undefined;
}
