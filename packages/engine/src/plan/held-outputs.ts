import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { BuiltOutputs } from '@dispatch/ledger/built-outputs';
import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunHoldings } from '../stores/run-holdings.ts';

/** What tells whether outputs of earlier runs may be used, and what keeps them. */
export interface Keepers {
  readonly earlier: BuiltOutputs;
  readonly holdings: RunHoldings;
}

/** What a builder holds from earlier runs. */
export type HeldOutputs = ReadonlyMap<StorePath, ValidPathInfo>;

/**
 * The outputs on a builder that are what was built in an earlier run. What no builder was ever
 * asked to build, or differs from what was built, counts for nothing. From here on they stay there
 * until the run ends.
 */
export async function heldOutputs(
  store: DaemonStore,
  valid: readonly StorePath[],
  { earlier, holdings }: Keepers,
  signal: AbortSignal,
): Promise<HeldOutputs> {
  const recorded = await earlier.find(valid);
  if (recorded.size === 0) return new Map();
  const roots = holdings.in(store);
  await roots.add(recorded.keys(), signal);
  // Asked once more now that they are rooted: what vanished before is not in the answer.
  const infos = await store.pathInfos([...recorded.keys()], { signal });
  const held = new Map(
    [...infos].filter(([path, { narHash }]) => narHash === recorded.get(path)?.narHash),
  );
  roots.markPresent([...held.keys()]);
  return held;
}
