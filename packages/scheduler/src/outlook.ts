import type { WatchId } from './event.ts';
import type { BusyBuilders, Demand, Farm, Step } from './farm.ts';
import { isReserve, slowness } from './load.ts';
import { inputsNear, savedMs } from './locality.ts';

/**
 * A wait may take this many times as long as expected, and at least so many ms, before it counts as
 * overdue.
 */
const watchFactor = 4;
const shortestWatchMs = 1_000;

/** A kind of full builders that a step may wait for. */
interface Prospect {
  readonly busy: BusyBuilders;
  /**
   * Milliseconds until one of them has a slot for the next step, after all steps that wait already.
   */
  slotAfterMs: number;
}

/**
 * Decides which ready steps had better wait for a faster builder than start on a free slot. Steps
 * must be passed in the order of their turns, since each waits behind those before it: remembered
 * durations tell when a slot becomes free and for how long the next step keeps it. So a long step
 * does not hold up the end of the run on a slow machine, while the short ones behind it keep that
 * machine busy. (Earliest finish time, as in HEFT: Topcuoglu et al. 2002.)
 */
export class Outlook {
  readonly #farm: Farm;
  /** The slowness of the best builder with a free slot. */
  readonly #slowness: number;
  /** The full builders that are faster. */
  readonly #prospects: readonly Prospect[];

  /** The demand must have a free slot. */
  constructor(farm: Farm, demand: Demand) {
    this.#farm = farm;
    const freeBuilder = demand.free.first();
    this.#slowness = freeBuilder === undefined ? 0 : slowness(freeBuilder, demand);
    this.#prospects = prospectsOf(demand, this.#slowness);
  }

  /**
   * Whether the step should wait; if so, it counts as waiting before all steps asked about later.
   */
  isBetterOffWaiting(step: Step): boolean {
    const best = this.#firstFor(step);
    if (best === undefined) return false;
    const thereMs = best.slotAfterMs + step.weight * best.busy.slowness;
    if (thereMs >= step.weight * this.#slowness - savedMs(this.#nearBytes(step))) return false;
    watch(this.#farm, best.busy);
    best.slotAfterMs += (step.weight * best.busy.slowness) / best.busy.running;
    return true;
  }

  /**
   * Bytes of its inputs that some builders with a free slot (reserves apart) hold: the most that
   * starting now could find in place.
   */
  #nearBytes(step: Step): number {
    const { free } = step.demand;
    return inputsNear(step, (builder) => free.has(builder) && !isReserve(builder));
  }

  #firstFor({ weight }: Step): Prospect | undefined {
    let best: Prospect | undefined;
    let bestMs = Infinity;
    for (const one of this.#prospects) {
      const ms = one.slotAfterMs + weight * one.busy.slowness;
      if (ms < bestMs) [best, bestMs] = [one, ms];
    }
    return best;
  }
}

function prospectsOf({ busy }: Demand, slowHere: number): Prospect[] {
  const prospects: Prospect[] = [];
  for (const one of busy.values()) {
    if (one.members.size === 0 || one.slowness >= slowHere || one.isOverdue) continue;
    prospects.push({ busy: one, slotAfterMs: slotAfterMs(one) });
  }
  return prospects;
}

/**
 * Milliseconds until one of these builds is expected to end, however long they have been running.
 */
function slotAfterMs({ endsPerMs }: BusyBuilders): number {
  return 1 / endsPerMs;
}

/**
 * Sets a timer, since remembered durations may be wrong: nothing should wait for hours for a build
 * that was expected to take a minute.
 */
function watch(farm: Farm, busy: BusyBuilders): void {
  if (busy.isWatched) return;
  busy.isWatched = true;
  farm.lastWatch += 1;
  const { lastWatch } = farm;
  farm.watches.set(lastWatch, { busy, slotsFreed: busy.slotsFreed });
  const afterMs = Math.round(Math.max(shortestWatchMs, watchFactor * slotAfterMs(busy)));
  farm.commands.push({ type: 'watch-slots', watch: lastWatch, afterMs });
}

/** Ends a timer: if no slot became free meanwhile, nothing waits for these builders any longer. */
export function endWatch(farm: Farm, id: WatchId): void {
  const ended = farm.watches.get(id);
  if (ended === undefined) return;
  farm.watches.delete(id);
  const { busy, slotsFreed } = ended;
  busy.isWatched = false;
  busy.isOverdue = busy.slotsFreed === slotsFreed;
}
