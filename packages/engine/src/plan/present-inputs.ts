import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { StorePath } from '@dispatch/nix/store-path';
import type { PresentInput } from '@dispatch/scheduler/event';
import { isUsable } from '../farm/farm-builder.ts';
import type { Asked } from './ask-builders.ts';

/** Inputs that need not be built, by their paths. */
export type PresentInputs = ReadonlyMap<StorePath, PresentInput>;

/** The hub, and those of the paths in question that lie there. */
interface Hub {
  readonly store: DaemonStore;
  readonly valid: ReadonlySet<StorePath>;
}

/** A smaller path is copied in ten milliseconds, and decides nothing. */
const leastBytes = 1_000_000;

/**
 * The large inputs that need not be built, and that some of the builders have and others lack: they
 * help to decide where steps go. What all have, or none, decides nothing; nor does what a machine
 * has that builds only in the place of others, as the hub nearly always does. A path that neither
 * the hub has nor an earlier run built is of unknown size, and does not count.
 */
export async function presentInputs(
  needed: readonly StorePath[],
  asked: readonly Asked[],
  hub: Hub,
  signal: AbortSignal,
): Promise<PresentInputs> {
  const holders = asked
    .filter(({ builder }) => isUsable(builder) && builder.stepsInFor === undefined)
    .map((one) => (one.builder.store === hub.store ? { ...one, valid: hub.valid } : one));
  const unequal = needed
    .map((path) => ({ path, heldBy: holders.filter(({ valid }) => valid.has(path)) }))
    .filter(({ heldBy }) => heldBy.length > 0 && heldBy.length < holders.length);
  const built = new Map(holders.flatMap(({ held }) => [...held]));
  const others = unequal.map(({ path }) => path).filter((path) => !built.has(path));
  const known = await hub.store.pathInfos(others, { signal });
  const inputs = new Map<StorePath, PresentInput>();
  for (const { path, heldBy } of unequal) {
    const bytes = (built.get(path) ?? known.get(path))?.narSize ?? 0;
    if (bytes < leastBytes) continue;
    inputs.set(path, { path, bytes, heldBy: heldBy.map(({ builder }) => builder.machine.uri) });
  }
  return inputs;
}
