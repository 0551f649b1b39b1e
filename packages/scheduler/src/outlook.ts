import type { WatchId } from './event.ts';
import type { BusyBuilders, Demand, Farm, Step } from './farm.ts';
import { isReserve, slowness } from './load.ts';
import { inputsNear, savedMs } from './locality.ts';

/** Steps are expected to have their turn within so many times the time that it should take; and in ms. */
const watchFactor = 4;
const shortestWatchMs = 1_000;

/** Builders that are full, to one who thinks of waiting for them. */
interface Prospect {
  readonly busy: BusyBuilders;
  /** When one of them has a slot for whoever comes now, behind all that wait already. */
  slotAfterMs: number;
}

/**
 * Which of the steps that are ready better wait for a faster builder than go where a slot is free. They
 * are asked for in the order in which they have their turns, since each has to wait behind those before
 * it: when a slot gets free among so many builds, and how long what gets it keeps it, is what remembered
 * durations say. So a long step does not hold up the end on a slow machine, while the short ones behind
 * it keep that busy. (Earliest finish time, as in HEFT: Topcuoglu et al. 2002.)
 */
export class Outlook {
  readonly #farm: Farm;
  /** How slow the best builder is that has a slot free. */
  readonly #slowness: number;
  /** Those that are faster. */
  readonly #prospects: readonly Prospect[];

  /** For a demand for which a slot is free. */
  constructor(farm: Farm, demand: Demand) {
    this.#farm = farm;
    const freeBuilder = demand.free.first();
    this.#slowness = freeBuilder === undefined ? 0 : slowness(freeBuilder, demand);
    this.#prospects = prospectsOf(demand, this.#slowness);
  }

  /** Whether the step is to wait; it has its turn before all that are asked for after it then. */
  isBetterOffWaiting(step: Step): boolean {
    const best = this.#firstFor(step);
    if (best === undefined) return false;
    const thereMs = best.slotAfterMs + step.weight * best.busy.slowness;
    if (thereMs >= step.weight * this.#slowness - savedMs(this.#nearBytes(step))) return false;
    watch(this.#farm, best.busy);
    best.slotAfterMs += (step.weight * best.busy.slowness) / best.busy.running;
    return true;
  }

  /** At best all its inputs are on one builder that has a slot free, as far as any such has them. */
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

/** When the first of so many builds is expected to end, however long they have been running. */
function slotAfterMs({ endsPerMs }: BusyBuilders): number {
  return 1 / endsPerMs;
}

/** Durations may be quite wrong: nobody is to wait for hours for what was to end in a minute. */
function watch(farm: Farm, busy: BusyBuilders): void {
  if (busy.isWatched) return;
  busy.isWatched = true;
  farm.lastWatch += 1;
  const { lastWatch } = farm;
  farm.watches.set(lastWatch, { busy, slotsFreed: busy.slotsFreed });
  const afterMs = Math.round(Math.max(shortestWatchMs, watchFactor * slotAfterMs(busy)));
  farm.commands.push({ type: 'watch-slots', watch: lastWatch, afterMs });
}

/** If no slot has got free by now, nothing waits for one any longer. */
export function endWatch(farm: Farm, id: WatchId): void {
  const ended = farm.watches.get(id);
  if (ended === undefined) return;
  farm.watches.delete(id);
  const { busy, slotsFreed } = ended;
  busy.isWatched = false;
  busy.isOverdue = busy.slotsFreed === slotsFreed;
}
