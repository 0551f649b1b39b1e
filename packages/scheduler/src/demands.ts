import { isWorthWaitingFor, joinBusy, leaveBusy } from './busy-builders.ts';
import { canMeet } from './capability.ts';
import type { StepRequest } from './event.ts';
import type { Builder, Demand, Farm, Needs, ReadyQueue, Run, Step } from './farm.ts';
import { compareLoad, isFreeFor, takesWork } from './load.ts';
import { needsKey, needsOf } from './needs.ts';
import { PriorityQueue } from './priority-queue.ts';
import { compareUrgency } from './ranking.ts';
import { avoidedBuilders } from './retry.ts';

/** The demand of a step, shared by all steps that require the same. */
export function demandOf(farm: Farm, request: StepRequest): Demand {
  const needs = needsOf(request);
  const key = needsKey(needs);
  const known = farm.demands.get(key);
  if (known !== undefined) return known;
  const demand = newDemand(key, needs);
  farm.demands.set(key, demand);
  for (const builder of farm.builders.values()) offerTo(demand, builder);
  return demand;
}

function newDemand(key: string, needs: Needs): Demand {
  return {
    ...needs,
    key,
    stepCount: 0,
    eligible: new Set(),
    working: new Set(),
    free: new PriorityQueue((a, b) => compareLoad(a, b, needs)),
    busy: new Map(),
    queues: new Map(),
    obstacles: undefined,
  };
}

/** Counts one step less, and removes a demand that no step makes any longer. */
export function leaveDemand(farm: Farm, demand: Demand): void {
  demand.stepCount -= 1;
  if (demand.stepCount > 0) return;
  farm.demands.delete(demand.key);
  for (const builder of demand.eligible) builder.demands.delete(demand);
}

/** Adds a builder to a demand that it can meet. */
export function offerTo(demand: Demand, builder: Builder): void {
  demand.obstacles = undefined;
  if (!canMeet(builder.offer, demand)) return;
  demand.eligible.add(builder);
  builder.demands.add(demand);
  if (takesWork(builder)) demand.working.add(builder);
  updateFreeSlot(demand, builder);
}

/** Removes a builder from a demand. */
export function withdrawFrom(demand: Demand, builder: Builder): void {
  demand.obstacles = undefined;
  demand.eligible.delete(builder);
  demand.working.delete(builder);
  demand.free.delete(builder);
  leaveBusy(demand, builder);
}

/** To be called whenever the builder begins to take work, or takes none any longer. */
export function updateWorking(builder: Builder): void {
  for (const { working } of builder.demands) {
    if (takesWork(builder)) working.add(builder);
    else working.delete(builder);
  }
}

/** To be called whenever the builder's load or status has changed. */
export function updateFreeSlots(builder: Builder): void {
  for (const demand of builder.demands) updateFreeSlot(demand, builder);
}

function updateFreeSlot(demand: Demand, builder: Builder): void {
  if (isFreeFor(builder, demand)) {
    demand.free.put(builder);
    leaveBusy(demand, builder);
  } else {
    demand.free.delete(builder);
    if (isWorthWaitingFor(builder, demand)) joinBusy(demand, builder);
    else leaveBusy(demand, builder);
  }
}

/**
 * Whether steps are ready and no builder takes any of them. A builder that is merely full does take
 * them before long.
 */
export function isStarved({ queues, working }: Demand): boolean {
  return queues.size > 0 && working.size === 0;
}

/** Puts a ready step into line, once for each run that wants it. */
export function enqueue(step: Step): void {
  const queues = step.runs.map((run) => queueFor(step, run));
  for (const queue of queues) queue.steps.put(step);
  step.phase = { type: 'ready', queues };
}

function queueFor({ demand, faults }: Step, run: Run): ReadyQueue {
  const avoided = avoidedBuilders(faults);
  const key = avoided.size === 0 ? String(run.order) : JSON.stringify([run.order, ...avoided]);
  const known = demand.queues.get(key);
  if (known !== undefined) return known;
  const queue = { key, run, avoided, steps: new PriorityQueue(compareUrgency) };
  demand.queues.set(key, queue);
  return queue;
}

/** Takes a step out of line that is about to start or to end. */
export function dequeue(step: Step): void {
  if (step.phase.type !== 'ready') return;
  for (const queue of step.phase.queues) {
    queue.steps.delete(step);
    if (queue.steps.size === 0) step.demand.queues.delete(queue.key);
  }
}

/** To be called when the runs that want the step, or its rank, have changed. */
export function requeue(step: Step): void {
  if (step.phase.type !== 'ready') return;
  dequeue(step);
  enqueue(step);
}
