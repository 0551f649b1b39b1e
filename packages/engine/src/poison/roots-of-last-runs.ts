import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { PathPair } from '@dispatch/ledger/run-record';
import type { Runs } from '@dispatch/ledger/runs';
import type { StorePath } from '@dispatch/nix/store-path';

/** How many runs are looked back at; older ones have what nobody builds any more. */
const lastRuns = 10;

/** What the last runs built, as far as their derivations are still there. */
export interface LastRoots {
  /** `.drv` paths in the hub, original where it is there, else rewritten. */
  readonly roots: readonly StorePath[];
  /** Originals whose `.drv` file is gone. */
  readonly gone: readonly StorePath[];
}

/** The roots of the last runs, each once. */
export async function rootsOfLastRuns(runs: Runs, hub: DaemonStore): Promise<LastRoots> {
  const recent = await runs.recent(lastRuns);
  const pairs = new Map<StorePath, PathPair>();
  for (const pair of recent.flatMap((run) => run.roots)) {
    if (!pairs.has(pair.original)) pairs.set(pair.original, pair);
  }
  const valid = await hub.validPaths(
    [...pairs.values()].flatMap(({ original, rewritten }) => [original, rewritten]),
  );
  const roots: StorePath[] = [];
  const gone: StorePath[] = [];
  for (const { original, rewritten } of pairs.values()) {
    if (valid.has(original)) roots.push(original);
    else if (valid.has(rewritten)) roots.push(rewritten);
    else gone.push(original);
  }
  return { roots, gone };
}
