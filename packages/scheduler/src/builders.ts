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

/** Adds a builder, which is believed to be up unless `fault` says why not. */
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

/** Marks a new builder as down: it did not answer a moment ago, so nothing waits for it. */
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

/** Replaces a builder's offer; steps that no builder can run any longer fail. */
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

/** Removes a builder for good; steps that only it could run fail. */
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

/**
 * Fails or refuses what no builder can run any longer. A ready step is failed here; any other
 * without a builder is looked at anew by `advance`.
 */
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
 * Fails the ready steps all of whose builders were called in vain often enough. Nothing is given up
 * while any attempt is under way.
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
