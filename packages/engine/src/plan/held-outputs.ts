import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { BuiltOutputs } from '@dispatch/ledger/built-outputs';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunHoldings } from '../execute/run-holdings.ts';

/** What tells of an earlier run's outputs whether they may be used, and keeps them. */
export interface Keepers {
  readonly earlier: BuiltOutputs;
  readonly holdings: RunHoldings;
}

/** Outputs on a builder. */
export interface HeldOutputs {
  /** All that lie there, whoever made them. */
  readonly valid: ReadonlySet<StorePath>;
  /** Those that may be used. */
  readonly held: ReadonlySet<StorePath>;
}

/**
 * Those of the outputs that a builder holds from earlier runs, and that are what they were when they
 * were built: what was never given to a builder, or differs from what it made then, counts for
 * nothing. From here on they stay there until the run ends.
 */
export async function heldOutputs(
  store: DaemonStore,
  outputs: readonly StorePath[],
  { earlier, holdings }: Keepers,
  signal: AbortSignal,
): Promise<HeldOutputs> {
  const valid = await store.validPaths(outputs, { signal });
  const recorded = await earlier.find([...valid]);
  if (recorded.size === 0) return { valid, held: new Set() };
  const roots = holdings.in(store);
  await roots.add(recorded.keys(), signal);
  // Asked once more now that they are rooted: what vanished before is not in the answer.
  const infos = await store.pathInfos([...recorded.keys()], { signal });
  const held = [...infos.values()]
    .filter(({ path, narHash }) => narHash === recorded.get(path)?.narHash)
    .map(({ path }) => path);
  roots.markPresent(held);
  return { valid, held: new Set(held) };
}
