import type { BuilderName } from './event.ts';
import type { Fault } from './result.ts';

/**
 * Whether a step was lost so often that it is given up. The bound keeps a step that kills its
 * builder from taking the whole farm down, one machine after the other.
 */
export function isExhausted(faults: readonly Fault[], maximumFaults: number): boolean {
  return faults.length >= maximumFaults;
}

const nobody: ReadonlySet<BuilderName> = new Set();

/** The builders that lost the step: it goes there again only while no other is up. */
export function avoidedBuilders(faults: readonly Fault[]): ReadonlySet<BuilderName> {
  return faults.length === 0 ? nobody : new Set(faults.map(({ builder }) => builder).toSorted());
}
