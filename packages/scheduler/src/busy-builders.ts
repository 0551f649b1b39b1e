import type { Builder, BusyBuilders, BusyShare, Demand, Needs } from './farm.ts';
import { endsPerMs, isReserve, slownessWhenFull, takesWork } from './load.ts';
import { resourcesTaken } from './resources.ts';
import { isOnProbation } from './strikes.ts';

const nothing: BusyShare = { running: 0, endsPerMs: 0 };

/** Whether a builder that has no slot free will have one for what asks for this once a build has ended there. */
export function isWorthWaitingFor(builder: Builder, needs: Needs): boolean {
  return (
    takesWork(builder) &&
    builder.attempts.size > 0 &&
    !isReserve(builder) &&
    !isOnProbation(builder) &&
    resourcesTaken(builder, needs).length === 0
  );
}

/** Counts a full builder among those of its kind, with what it has to do now. */
export function joinBusy(demand: Demand, builder: Builder): void {
  const busy = busyOf(demand, builder);
  putShare(busy, builder, { running: builder.attempts.size, endsPerMs: endsPerMs(builder) });
}

/** The builder is no longer full, or nothing to wait for. */
export function leaveBusy(demand: Demand, builder: Builder): void {
  const busy = demand.busy.get(kindOf(demand, builder));
  if (busy === undefined || !busy.members.has(builder)) return;
  putShare(busy, builder, nothing);
  busy.members.delete(builder);
  busy.slotsFreed += 1;
  busy.isOverdue = false;
  // Sums of fractions are never quite what they should be: they begin anew where nothing is left.
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

/** Five bits of a number are as good as all of them here. */
const splitter = 2 ** 48 + 1;

/** Rounded, so that a farm has few kinds of builders, whatever their speeds were measured to be (Veltkamp's split). */
function kindOf(demand: Demand, builder: Builder): number {
  const slowness = slownessWhenFull(builder, demand);
  const scaled = splitter * slowness;
  return scaled - (scaled - slowness);
}
