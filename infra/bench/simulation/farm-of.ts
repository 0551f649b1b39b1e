import type { BuilderOffer } from '@dispatch/scheduler/event';

/** A farm of so many builders, to which the speeds are given in turn. */
export function farmOf(count: number, slots: number, speeds: readonly number[]): BuilderOffer[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `b${at}`,
    systems: ['x86_64-linux'],
    slots,
    speedFactor: speeds[at % speeds.length] ?? 1,
    supportedFeatures: [],
    mandatoryFeatures: [],
  }));
}
