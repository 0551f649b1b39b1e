import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import { runsWithLogs } from '../build/log-folders.ts';

/** What an attempt has printed that no record of a run tells of. */
export interface UnrecordedLog {
  readonly from: 'attempt';
  readonly run: string;
  readonly file: string;
}

/**
 * The newest log in `folder`, where each run has one of its own, of an attempt to build one of these
 * derivations: it is under way, or it was stopped or lost. Undefined where there is none. `run` is the only
 * one to look at, if given.
 */
export async function unrecordedLog(
  paths: readonly StorePath[],
  folder: string,
  run: string | undefined,
): Promise<UnrecordedLog | undefined> {
  const runs = (await runsWithLogs(folder)).filter((name) => run === undefined || name === run);
  for (const one of runs.toReversed()) {
    const name = newestOf(paths, await readdir(join(folder, one)).catch(() => []));
    if (name !== undefined) return { from: 'attempt', run: one, file: join(folder, one, name) };
  }
  return undefined;
}

/** Of `<derivation>-<attempt>.log`, the one with the highest number. */
function newestOf(paths: readonly StorePath[], names: readonly string[]): string | undefined {
  const known = new Set<string>(paths.map(baseName));
  const found = names.flatMap((name) => {
    const [, derivation = '', attempt] = /^(.+)-([0-9]+)\.log$/.exec(name) ?? [];
    return known.has(derivation) ? [{ name, attempt: Number(attempt) }] : [];
  });
  return found.toSorted((a, b) => b.attempt - a.attempt)[0]?.name;
}
