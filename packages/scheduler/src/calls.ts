import { isStarved } from './demands.ts';
import type { Builder, Farm } from './farm.ts';
import { missedBy, starvedGroups } from './groups/outlook.ts';
import {
  neededProbeDelay,
  neededQuarantineDelay,
  probeDelay,
  quarantineDelay,
  slowestNeededProbeMs,
} from './patience.ts';

/**
 * Asks for another call of a builder that does not answer. The delay grows from call to call, but
 * stays short while the builder is needed.
 */
export function callAgain(farm: Farm, builder: Builder, vain: number): void {
  const delay = isNeeded(farm, builder) ? neededProbeDelay : probeDelay;
  callAfter(farm, builder, delay(vain));
}

/** The same with the short delay, whether or not the builder is needed. */
export function callSoon(farm: Farm, builder: Builder, vain: number): void {
  callAfter(farm, builder, neededProbeDelay(vain));
}

/** Asks for a call at the end of a quarantine; `times` counts the builder's earlier ones. */
export function callAfterQuarantine(farm: Farm, builder: Builder, times: number): void {
  callAfter(farm, builder, quarantineDelay(times));
}

function callAfter(farm: Farm, builder: Builder, afterMs: number): void {
  builder.callDelayMs = afterMs;
  farm.commands.push({ type: 'probe-builder', builder: builder.offer.name, afterMs });
}

/**
 * If nobody else takes what waits, calls builders that were left alone for long at once: an idle
 * farm has nothing to lose.
 */
export function hastenCalls(farm: Farm): void {
  if (farm.hub.type === 'down') return;
  for (const demand of farm.demands.values()) {
    if (isStarved(demand)) for (const builder of demand.eligible) hasten(farm, builder);
  }
  for (const group of starvedGroups(farm)) {
    for (const builder of missedBy(group)) hasten(farm, builder);
  }
}

function hasten(farm: Farm, builder: Builder): void {
  if (builder.isDrained) return;
  const afterMs = hastenedDelay(builder);
  if (afterMs < builder.callDelayMs) callAfter(farm, builder, afterMs);
}

function hastenedDelay({ status, strikes, callDelayMs }: Builder): number {
  if (status.type === 'quarantined') return neededQuarantineDelay(strikes.quarantines - 1);
  const wasLeftAlone = callDelayMs > slowestNeededProbeMs;
  return wasLeftAlone ? 0 : callDelayMs;
}

/** Whether something waits that no builder takes at present, but this one could. */
function isNeeded(farm: Farm, builder: Builder): boolean {
  if (builder.isDrained) return false;
  if ([...builder.demands].some(isStarved)) return true;
  return [...starvedGroups(farm)].some((group) => missedBy(group).has(builder));
}
