import { spawn } from 'node:child_process';
import type { StorePath } from '@dispatch/nix/store-path';

/** Kept by the store's own daemon. */
export interface HubLog {
  readonly from: 'hub';
  readonly path: StorePath;
  readonly text: AsyncIterable<Uint8Array>;
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
async function readLog(
  path: StorePath,
  store: string | undefined,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const words = ['--read-log', path, ...(store === undefined ? [] : ['--store', store])];
  const child = spawn('nix-store', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  child.on('error', () => child.stdout.destroy());
  const chunks: AsyncIterator<Uint8Array> = child.stdout[Symbol.asyncIterator]();
  const first = await chunks.next().catch(() => undefined);
  if (first === undefined || first.done === true) return undefined;
  return rest(first.value, chunks);
}

async function* rest(
  first: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    yield next.value;
  }
}
