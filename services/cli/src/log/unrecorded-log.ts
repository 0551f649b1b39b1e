import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { baseName, type StorePath } from '@dispatch/nix/store-path';

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
export function unrecordedLog(
  paths: readonly StorePath[],
  folder: string,
  run: string | undefined,
): UnrecordedLog | undefined {
  // Runs are named by when they began.
  const runs = namesIn(folder).filter((name) => run === undefined || name === run);
  for (const one of runs.toSorted().toReversed()) {
    const name = newestOf(paths, namesIn(join(folder, one)));
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

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
