import type { Farm, Run } from '../farm.ts';
import { compareUrgency } from '../ranking.ts';
import type { Group } from './group.ts';
import { mannerOf } from './outlook.ts';

/**
 * The group that slots are to be kept free for: one that has waited for long and that the builders
 * at work could hold. It stays the same until it starts, unless a group of a higher priority comes.
 * Next comes the run with the highest priority, then the one with the fewest slots, then the
 * oldest, so that no group waits for ever.
 */
export function nextKeeper(farm: Farm): Group | undefined {
  const { keeping } = farm;
  let best = keeping && isKeepable(farm, keeping.group) ? keeping.group : undefined;
  for (const group of farm.groups.values()) {
    if (!group.hasAged || group === best || group.phase.type !== 'in-line') continue;
    const isSooner = best === undefined || isBefore(group, best, best === keeping?.group);
    if (isSooner && isKeepable(farm, group)) best = group;
  }
  return best;
}

function isKeepable(farm: Farm, group: Group): boolean {
  return group.phase.type === 'in-line' && mannerOf(farm, group) !== undefined;
}

function isBefore(a: Group, b: Group, isKeeping: boolean): boolean {
  const [one, other] = [servedRun(a), servedRun(b)];
  if (isKeeping) return one.priority > other.priority;
  return (compareRuns(one, other) || compareUrgency(a.lead, b.lead)) < 0;
}

/** The run whose turn the group takes: of the runs that want it, the one that is served first. */
export function servedRun({ lead }: Group): Run {
  return lead.runs.reduce((best, run) => (compareRuns(run, best) < 0 ? run : best));
}

function compareRuns(a: Run, b: Run): number {
  return b.priority - a.priority || a.slotsUsed - b.slotsUsed || a.order - b.order;
}
