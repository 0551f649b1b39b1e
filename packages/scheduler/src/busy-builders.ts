import type { Builder, BusyBuilders, BusyShare, Demand, Needs } from './farm.ts';
import { endsPerMs, isReserve, slownessWhenFull, takesWork } from './load.ts';
import { resourcesTaken } from './resources.ts';
import { isOnProbation } from './strikes.ts';

const nothing: BusyShare = { running: 0, endsPerMs: 0 };

/**
 * Whether a full builder will have a free slot for these needs once one of its builds has ended.
 */
export function isWorthWaitingFor(builder: Builder, needs: Needs): boolean {
  return (
    takesWork(builder) &&
    builder.attempts.size > 0 &&
    !isReserve(builder) &&
    !isOnProbation(builder) &&
    resourcesTaken(builder, needs).length === 0
  );
}

/** Adds a full builder to those of its kind, or updates its share in their sums. */
export function joinBusy(demand: Demand, builder: Builder): void {
  const busy = busyOf(demand, builder);
  putShare(busy, builder, { running: builder.attempts.size, endsPerMs: endsPerMs(builder) });
}

/** Takes out a builder that is no longer full or no longer worth waiting for. */
export function leaveBusy(demand: Demand, builder: Builder): void {
  const busy = demand.busy.get(kindOf(demand, builder));
  if (busy === undefined || !busy.members.has(builder)) return;
  putShare(busy, builder, nothing);
  busy.members.delete(builder);
  busy.slotsFreed += 1;
  busy.isOverdue = false;
  // Sums of fractions collect rounding errors: start again from 0 when nobody is left.
  if (busy.members.size === 0) busy.endsPerMs = 0;
}

function putShare(busy: BusyBuilders, builder: Builder, share: BusyShare): void {
  const before = busy.members.get(builder) ?? nothing;
  busy.members.set(builder, share);
  busy.running += share.running - before.running;
  busy.endsPerMs += share.endsPerMs - before.endsPerMs;
}

function busyOf(demand: Demand, builder: Builder): BusyBuilders {
  const kind = kindOf(demand, builder);
  const known = demand.busy.get(kind);
  if (known !== undefined) return known;
  const made: BusyBuilders = {
    slowness: kind,
    members: new Map(),
    running: 0,
    endsPerMs: 0,
    slotsFreed: 0,
    isWatched: false,
    isOverdue: false,
  };
  demand.busy.set(kind, made);
  return made;
}

/** Keeps five bits of a number's mantissa, which are enough here. */
const splitter = 2 ** 48 + 1;

/**
 * The builder's slowness when full, rounded so that a farm has few kinds of builders whatever their
 * measured speeds (Veltkamp's split).
 */
function kindOf(demand: Demand, builder: Builder): number {
  const slowness = slownessWhenFull(builder, demand);
  const scaled = splitter * slowness;
  return scaled - (scaled - slowness);
}
