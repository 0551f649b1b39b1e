import { startStep } from './attempts.ts';
import type { Choice, Demand, Farm } from './farm.ts';
import { fillGap } from './groups/fill-gap.ts';
import { nextGroup } from './groups/next-group.ts';
import { startGroup } from './groups/start-group.ts';
import { Outlook } from './outlook.ts';
import { chooseBuilder } from './placement.ts';
import { type QueueTurn, type Turn, takeTurn } from './turns.ts';

/**
 * Starts ready steps and groups until none fits a free slot, or those that do had better wait for a
 * faster one.
 *
 * Each decision looks at the heads of a few queues: steps are in different queues only if they
 * differ in the runs that want them, in what they require of builders, or in the builders that lost
 * them.
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

/** The first step by turn that can be placed now; undefined if the turn of `other` comes first. */
function nextPlacement(farm: Farm, other: Turn | undefined): Placement | undefined {
  let best: Placement | undefined;
  for (const demand of farm.demands.values()) {
    if (demand.free.size > 0) best = firstPlacement(farm, demand, best ?? other) ?? best;
  }
  return best;
}

/** The same for the steps of one demand. */
function firstPlacement(
  farm: Farm,
  demand: Demand,
  other: Turn | undefined,
): Placement | undefined {
  const outlook = new Outlook(farm, demand);
  return takeTurn(demand, other, (turn) => {
    const { step, queue } = turn;
    // The builder that it would wait for may be one that it avoids.
    if (queue.avoided.size === 0 && outlook.isBetterOffWaiting(step)) return undefined;
    const choice = chooseBuilder(step, queue);
    return choice && { ...turn, choice };
  });
}
