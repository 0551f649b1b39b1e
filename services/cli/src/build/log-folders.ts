import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDirectory } from '@dispatch/ledger/default-location';

/** How many runs' build logs are kept. */
export const keptLogFolders = 200;

/** Where build logs are kept, in a folder for each run. */
export function logFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(stateDirectory(environment), 'logs');
}

/** The runs that have logs there, oldest first: their names begin with the time. */
export async function runsWithLogs(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^\d{8}T\d{6}-[0-9a-f]+$/.test(name)).toSorted();
}

/** Removes the logs of the oldest runs. What cannot be removed stays. */
export async function pruneLogFolders(
  folder: string,
  keep: number = keptLogFolders,
): Promise<void> {
  const runs = await runsWithLogs(folder);
  for (const name of runs.slice(0, Math.max(0, runs.length - keep))) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
