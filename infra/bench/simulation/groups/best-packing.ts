import type { GroupJob, GroupWork } from './group-work.ts';

/** When a group runs. */
interface Placed {
  readonly job: GroupJob;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * When the best packing ends, found by going through all orders: if each group in turn is put where it fits
 * first, one of the orders gives a best packing (active schedules; Giffler and Thompson 1960). For a few groups
 * only.
 */
export function bestPackingMs({ groups, machines }: GroupWork): number {
  let best = Infinity;
  const search = (left: readonly GroupJob[], placed: readonly Placed[], endMs: number): void => {
    if (endMs >= best) return;
    if (left.length === 0) best = endMs;
    for (const job of left) {
      const one = placeFirst(job, placed, machines);
      const others = left.filter((other) => other !== job);
      search(others, [...placed, one], Math.max(endMs, one.endMs));
    }
  };
  search(groups, [], 0);
  return best;
}

/** Something can begin only when something ends, or at the beginning. */
function placeFirst(job: GroupJob, placed: readonly Placed[], machines: readonly number[]): Placed {
  const starts = [0, ...placed.map(({ endMs }) => endMs)].toSorted((a, b) => a - b);
  const fits = (startMs: number): boolean => hasRoom(job, startMs, placed, machines);
  const startMs = starts.find(fits) ?? 0;
  return { job, startMs, endMs: startMs + job.durationMs };
}

/** Whether a group has its machines from then until its end; what is used only grows where something begins. */
function hasRoom(
  { wants, durationMs }: GroupJob,
  fromMs: number,
  placed: readonly Placed[],
  machines: readonly number[],
): boolean {
  const beginnings = placed
    .map(({ startMs }) => startMs)
    .filter((ms) => ms > fromMs && ms < fromMs + durationMs);
  return [fromMs, ...beginnings].every((ms) => {
    const running = placed.filter(({ startMs, endMs }) => startMs <= ms && ms < endMs);
    return machines.every((count, kind) => {
      const used = running.reduce((sum, { job }) => sum + (job.wants[kind] ?? 0), 0);
      return used + (wants[kind] ?? 0) <= count;
    });
  });
}
