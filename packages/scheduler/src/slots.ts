import { startStep } from './attempts.ts';
import type { Choice, Demand, Farm } from './farm.ts';
import { fillGap } from './groups/fill-gap.ts';
import { nextGroup } from './groups/next-group.ts';
import { startGroup } from './groups/start-group.ts';
import { Outlook } from './outlook.ts';
import { chooseBuilder } from './placement.ts';
import { type QueueTurn, type Turn, takeTurn } from './turns.ts';

/**
 * Starts what is ready until no step fits a free slot, or is better off waiting for a faster one.
 *
 * Each decision looks at the head of each queue, of which there are few: steps are apart only by the
 * runs that want them, by what they ask of builders, and by the builders that lost them.
 */
export function fillSlots(farm: Farm): void {
  if (farm.hub.type === 'down') return;
  for (;;) {
    const group = nextGroup(farm);
    const next = nextPlacement(farm, group);
    if (next !== undefined) startStep(farm, next, next.choice);
    else if (fillGap(farm, group)) continue;
    else if (group !== undefined) startGroup(farm, group);
    else return;
  }
}

interface Placement extends QueueTurn {
  readonly choice: Choice;
}

/** The first of all steps that can be placed now, unless its turn comes after the other one. */
function nextPlacement(farm: Farm, other: Turn | undefined): Placement | undefined {
  let best: Placement | undefined;
  for (const demand of farm.demands.values()) {
    if (demand.free.size > 0) best = firstPlacement(farm, demand, best ?? other) ?? best;
  }
  return best;
}

/** The first step of a demand that can be placed now, unless its turn comes after that of another one. */
function firstPlacement(
  farm: Farm,
  demand: Demand,
  other: Turn | undefined,
): Placement | undefined {
  const outlook = new Outlook(farm, demand);
  return takeTurn(demand, other, (turn) => {
    const { step, queue } = turn;
    // Who is to be avoided may be the one that it would wait for.
    if (queue.avoided.size === 0 && outlook.isBetterOffWaiting(step)) return undefined;
    const choice = chooseBuilder(step, queue);
    return choice && { ...turn, choice };
  });
}
