import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** How many runs' build logs are kept. */
export const keptLogFolders = 200;

/** Removes the logs of the oldest runs; folders sort by time. What cannot be removed stays. */
export async function pruneLogFolders(
  folder: string,
  keep: number = keptLogFolders,
): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const runs = names.filter((name) => /^\d{8}T\d{6}-[0-9a-f]+$/.test(name)).toSorted();
  for (const name of runs.slice(0, Math.max(0, runs.length - keep))) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
