import { noteOffers, setStatus } from './builder-status.ts';
import { callSoon } from './calls.ts';
import { capabilitiesOf } from './capability.ts';
import { offerTo, withdrawFrom } from './demands.ts';
import { SchedulerError } from './errors.ts';
import type { BuilderName, BuilderOffer } from './event.ts';
import type { Builder, Farm } from './farm.ts';
import { nothing } from './groups/capacity.ts';
import { leaveBuilder } from './groups/end-group.ts';
import { giveUpGroups, refuseUnfit } from './groups/unfit.ts';
import { loseAttempts } from './outcomes.ts';
import { isHopeful, isHubHopeful } from './patience.ts';
import { advance, declareUnsupported } from './steps.ts';
import { noStrikes } from './strikes.ts';

/** Takes a builder in, believed to be up unless there is a fault. */
export function addBuilder(farm: Farm, offer: BuilderOffer, fault: string | undefined): void {
  if (farm.builders.has(offer.name)) {
    const { name } = offer;
    throw new SchedulerError('duplicate-builder', name, `builder '${name}' was added already`);
  }
  checkOffer(offer);
  farm.lastOrder += 1;
  const builder: Builder = {
    offer,
    order: farm.lastOrder,
    status: { type: 'up' },
    isDrained: false,
    strikes: noStrikes,
    callDelayMs: 0,
    attempts: new Set(),
    unitsTaken: new Map(),
    kept: nothing,
    demands: new Set(),
  };
  farm.builders.set(offer.name, builder);
  noteOffers(farm);
  for (const demand of farm.demands.values()) offerTo(demand, builder);
  if (fault !== undefined) noteAbsence(farm, builder, fault);
}

/** It was called in vain a moment ago: nothing waits for it. */
function noteAbsence(farm: Farm, builder: Builder, reason: string): void {
  const vain = farm.maximumProbes;
  setStatus(farm, builder, { type: 'down', reason, vain });
  callSoon(farm, builder, vain);
}

function checkOffer(offer: BuilderOffer): void {
  const { name, slots, resources = {} } = offer;
  if (!Number.isSafeInteger(slots) || slots < 0) {
    throw badBuilder(name, `has ${slots} slots; it must be a whole number from 0`);
  }
  for (const [resource, units] of Object.entries(resources)) {
    if (Number.isSafeInteger(units) && units > 0) continue;
    throw badBuilder(name, `has ${units} of ${resource}; it must be a whole number above 0`);
  }
  for (const { speedFactor } of capabilitiesOf(offer)) {
    if (speedFactor > 0 && speedFactor < Infinity) continue;
    throw badBuilder(name, `has the speed factor ${speedFactor}; it must be above 0`);
  }
}

function badBuilder(name: BuilderName, fault: string): SchedulerError {
  return new SchedulerError('bad-builder', name, `builder '${name}' ${fault}`);
}

/** Takes note that a builder offers something else; steps that only it could run may fail. */
export function changeOffer(farm: Farm, offer: BuilderOffer): void {
  checkOffer(offer);
  const builder = farm.builders.get(offer.name);
  if (builder === undefined) return;
  for (const demand of builder.demands) withdrawFrom(demand, builder);
  builder.demands.clear();
  builder.offer = offer;
  noteOffers(farm);
  for (const demand of farm.demands.values()) offerTo(demand, builder);
  failUnsupported(farm);
}

/** Takes a builder out for good; what only it could run fails. */
export function removeBuilder(farm: Farm, name: BuilderName, reason: string): void {
  const builder = farm.builders.get(name);
  if (builder === undefined) return;
  farm.builders.delete(name);
  noteOffers(farm);
  for (const demand of farm.demands.values()) withdrawFrom(demand, builder);
  builder.demands.clear();
  loseAttempts(farm, builder, reason);
  leaveBuilder(farm, builder, reason);
  failUnsupported(farm);
}

/** Steps in line were lined up while somebody could run them; the others are looked at anew. */
function failUnsupported(farm: Farm): void {
  refuseUnfit(farm);
  const demands = [...farm.demands.values()].filter(({ eligible }) => eligible.size === 0);
  if (demands.length === 0) return;
  for (const step of farm.steps.values()) {
    if (step.demand.eligible.size > 0) continue;
    if (step.phase.type === 'ready') declareUnsupported(farm, step);
    else advance(farm, step);
  }
}

/**
 * Fails the steps in line that only machines could run which were called in vain often enough. While
 * anything is under way there is time to wait on.
 */
export function giveUpWaiting(farm: Farm): void {
  if (farm.attempts.size > 0) return;
  giveUpGroups(farm);
  for (const demand of farm.demands.values()) {
    const isWaitedFor = (builder: Builder): boolean => isHopeful(farm, builder);
    if (isHubHopeful(farm) && [...demand.eligible].some(isWaitedFor)) continue;
    const steps = [...demand.queues.values()].flatMap((queue) => queue.steps.items());
    for (const step of steps.toSorted((a, b) => a.order - b.order)) declareUnsupported(farm, step);
  }
}
