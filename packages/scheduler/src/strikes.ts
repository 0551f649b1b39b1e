import type { Builder, Farm, Strikes } from './farm.ts';

/** Of a builder that has lost nothing lately. */
export const noStrikes: Strikes = { count: 0, since: 0, quarantines: 0 };

/** The builder finished something: what it lost before was not its own doing, or is over. */
export function clearStrikes(builder: Builder): void {
  builder.strikes = noStrikes;
}

/** The builder lost a step though it answers. */
export function addStrike({ completions }: Farm, builder: Builder): void {
  const { count, since, quarantines } = builder.strikes;
  const first = count === 0 ? completions : since;
  builder.strikes = { count: count + 1, since: first, quarantines };
}

/**
 * Whether it lost so many in a row that it is to be left alone for a while. That tells against it only
 * when others finished their work meanwhile: while nobody does, the fault is likely elsewhere.
 */
export function isSuspect({ maximumStrikes, completions }: Farm, { strikes }: Builder): boolean {
  return strikes.count >= maximumStrikes && completions > strikes.since;
}

/** After a quarantine a builder gets one step at a time until it has finished one. */
export function isOnProbation({ strikes }: Builder): boolean {
  return strikes.quarantines > 0;
}
