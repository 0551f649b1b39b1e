import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import { runsWithLogs } from '../build/log-folders.ts';

/** The log of an attempt that no record of a run mentions. */
export interface UnrecordedLog {
  readonly from: 'attempt';
  readonly run: string;
  readonly file: string;
}

/**
 * The newest log of an attempt to build one of these derivations that is under way, or was stopped or lost;
 * undefined where there is none. Each run has a folder in `folder`; if `run` is given, only that one is
 * searched.
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

/** The name `<derivation>-<attempt>.log` of one of these derivations with the highest attempt. */
function newestOf(paths: readonly StorePath[], names: readonly string[]): string | undefined {
  const known = new Set<string>(paths.map(baseName));
  const found = names.flatMap((name) => {
    const [, derivation = '', attempt] = /^(.+)-([0-9]+)\.log$/.exec(name) ?? [];
    return known.has(derivation) ? [{ name, attempt: Number(attempt) }] : [];
  });
  return found.toSorted((a, b) => b.attempt - a.attempt)[0]?.name;
}
