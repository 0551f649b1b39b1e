import { startAttempt } from './attempts.ts';
import { dequeue } from './demands.ts';
import type { Builder, Farm, ReadyQueue, Step } from './farm.ts';
import { chooseBuilder } from './placement.ts';
import { compareUrgency } from './ranking.ts';

/**
 * Starts what is ready, the most urgent first, until no step fits a free slot.
 *
 * Each decision looks at the head of each queue, of which there are few: steps are apart only by
 * what they ask of builders, and by the builders that lost them.
 */
export function fillSlots(farm: Farm): void {
  if (farm.hub.type === 'down') return;
  for (;;) {
    const next = nextPlacement(farm);
    if (next === undefined) return;
    dequeue(next.step);
    startAttempt(farm, next.step, next.builder);
  }
}

interface Placement {
  readonly step: Step;
  readonly builder: Builder;
}

function nextPlacement(farm: Farm): Placement | undefined {
  let best: Placement | undefined;
  for (const queue of openQueues(farm)) {
    const step = queue.steps.first();
    if (step === undefined || (best && compareUrgency(best.step, step) < 0)) continue;
    const builder = chooseBuilder(farm, step, queue);
    if (builder !== undefined) best = { step, builder };
  }
  return best;
}

function* openQueues(farm: Farm): Iterable<ReadyQueue> {
  for (const demand of farm.demands.values()) {
    if (demand.free.size > 0) yield* demand.queues.values();
  }
}
