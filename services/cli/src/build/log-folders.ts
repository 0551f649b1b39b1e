import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newRunId } from '@dispatch/engine/run-id';
import { stateDirectory } from '@dispatch/ledger/default-location';

/** How many runs' build logs are kept, however old. */
const keptLogFolders = 200;

const dayMs = 24 * 60 * 60 * 1000;

/** Which logs are kept, in the words of the help. */
export const keptLogs: string = `of the last ${keptLogFolders} runs, and of all that began within a day,`;

/** Where build logs are kept, in a folder for each run. */
export function logFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return join(stateDirectory(environment), 'logs');
}

/** The runs that have logs there, oldest first: their names begin with the time. */
export async function runsWithLogs(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^\d{8}T\d{6}-[0-9a-f]+$/.test(name)).toSorted();
}

/**
 * Removes the logs of all but the newest `keep` runs. It spares runs that are under way, and those that
 * began within a day: a command with many runs names logs of the first of them at its end. What cannot
 * be removed stays.
 */
export async function pruneLogFolders(
  folder: string,
  underWay: ReadonlySet<string>,
  now: number,
  keep: number = keptLogFolders,
): Promise<void> {
  const runs = await runsWithLogs(folder);
  const aDayAgo = newRunId(now - dayMs);
  for (const name of runs.slice(0, Math.max(0, runs.length - keep))) {
    if (name > aDayAgo || underWay.has(name)) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
