import type { Builder, Farm, Strikes } from './farm.ts';

/** The strikes of a builder that has lost nothing lately. */
export const noStrikes: Strikes = { count: 0, since: 0, quarantines: 0 };

/** Clears the strikes, since the builder finished a step or was resumed. */
export function clearStrikes(builder: Builder): void {
  builder.strikes = noStrikes;
}

/** Counts a step that the builder lost although it answers. */
export function addStrike({ completions }: Farm, builder: Builder): void {
  const { count, since, quarantines } = builder.strikes;
  const first = count === 0 ? completions : since;
  builder.strikes = { count: count + 1, since: first, quarantines };
}

/**
 * Whether it lost so many steps in a row that it is to be left alone for a while. That only counts
 * if other attempts ended properly meanwhile: if none did, the fault is likely elsewhere.
 */
export function isSuspect({ maximumStrikes, completions }: Farm, { strikes }: Builder): boolean {
  return strikes.count >= maximumStrikes && completions > strikes.since;
}

/** After a quarantine a builder gets one step at a time until it has finished one. */
export function isOnProbation({ strikes }: Builder): boolean {
  return strikes.quarantines > 0;
}
