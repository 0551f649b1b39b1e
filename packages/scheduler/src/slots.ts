import { startAttempt } from './attempts.ts';
import { dequeue } from './demands.ts';
import type { Choice, Farm, ReadyQueue, Step } from './farm.ts';
import { chooseBuilder } from './placement.ts';
import { compareUrgency } from './ranking.ts';

/**
 * Starts what is ready until no step fits a free slot.
 *
 * Each decision looks at the head of each queue, of which there are few: steps are apart only by the
 * runs that want them, by what they ask of builders, and by the builders that lost them.
 */
export function fillSlots(farm: Farm): void {
  if (farm.hub.type === 'down') return;
  for (;;) {
    const next = nextPlacement(farm);
    if (next === undefined) return;
    dequeue(next.step);
    startAttempt(farm, next.step, next.choice, next.queue.run);
  }
}

interface Placement {
  readonly queue: ReadyQueue;
  readonly step: Step;
  readonly choice: Choice;
}

function nextPlacement(farm: Farm): Placement | undefined {
  let best: Placement | undefined;
  for (const queue of openQueues(farm)) {
    const step = queue.steps.first();
    if (step === undefined || (best && compareTurns(best, { queue, step }) <= 0)) continue;
    const choice = chooseBuilder(step, queue);
    if (choice !== undefined) best = { queue, step, choice };
  }
  return best;
}

/** The run of the highest priority first, of equal ones the one with the fewest slots, then by urgency. */
function compareTurns(a: Omit<Placement, 'choice'>, b: Omit<Placement, 'choice'>): number {
  return (
    b.queue.run.priority - a.queue.run.priority ||
    a.queue.run.slotsUsed - b.queue.run.slotsUsed ||
    compareUrgency(a.step, b.step)
  );
}

function* openQueues(farm: Farm): Iterable<ReadyQueue> {
  for (const demand of farm.demands.values()) {
    if (demand.free.size > 0) yield* demand.queues.values();
  }
}
