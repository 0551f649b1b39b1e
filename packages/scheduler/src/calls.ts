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

/** Has a builder that does not answer called again, later from call to call, but not much while it is needed. */
export function callAgain(farm: Farm, builder: Builder, vain: number): void {
  const delay = isNeeded(farm, builder) ? neededProbeDelay : probeDelay;
  callAfter(farm, builder, delay(vain));
}

/** The same, whether or not it is needed. */
export function callSoon(farm: Farm, builder: Builder, vain: number): void {
  callAfter(farm, builder, neededProbeDelay(vain));
}

/** Has a builder called when it has been in quarantine for long enough; it was there so many times before. */
export function callAfterQuarantine(farm: Farm, builder: Builder, times: number): void {
  callAfter(farm, builder, quarantineDelay(times));
}

function callAfter(farm: Farm, builder: Builder, afterMs: number): void {
  builder.callDelayMs = afterMs;
  farm.commands.push({ type: 'probe-builder', builder: builder.offer.name, afterMs });
}

/**
 * What was left alone for long is called now when nothing else takes what waits: an idle farm has
 * nothing to lose by it.
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

/** Whether the builder is waited for by what no other could start now. */
function isNeeded(farm: Farm, builder: Builder): boolean {
  if (builder.isDrained) return false;
  if ([...builder.demands].some(isStarved)) return true;
  return [...starvedGroups(farm)].some((group) => missedBy(group).has(builder));
}
