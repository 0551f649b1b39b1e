import type { Builder, Farm } from './farm.ts';

/** How patient the scheduler is. */
export interface Patience {
  /** Attempts of a step that may be lost to infrastructure before it is given up. */
  readonly maximumFaults: number;
  /**
   * Calls of a lost machine in vain after which nothing waits for it any longer. It is still
   * called, and used when it answers.
   */
  readonly maximumProbes: number;
  /** Steps lost in a row after which a builder that answers is put into quarantine. */
  readonly maximumStrikes: number;
}

/** Eleven calls of a machine that is needed take about a minute. */
export const usualPatience: Patience = { maximumFaults: 3, maximumProbes: 11, maximumStrikes: 3 };

const firstProbeMs = 500;
const slowestProbeMs = 60_000;
/** The longest delay between calls of a machine without which nothing goes on. */
export const slowestNeededProbeMs = 8_000;
const firstRestMs = 1_000;
const longestRestMs = 16_000;
const firstQuarantineMs = 60_000;
const longestQuarantineMs = 3_600_000;

/** Milliseconds until a lost machine is called again, after `vain` calls in vain. */
export function probeDelay(vain: number): number {
  return Math.min(firstProbeMs * 2 ** vain, slowestProbeMs);
}

/** The same for a machine without which nothing that waits can go on. */
export function neededProbeDelay(vain: number): number {
  return Math.min(probeDelay(vain), slowestNeededProbeMs);
}

/**
 * Milliseconds that a step rests after `faults` losses before it meets again what it was lost with.
 */
export function restDelay(faults: number): number {
  return Math.min(firstRestMs * 4 ** (faults - 1), longestRestMs);
}

/** Milliseconds that a builder stays in quarantine after `times` quarantines in a row. */
export function quarantineDelay(times: number): number {
  return Math.min(firstQuarantineMs * 4 ** times, longestQuarantineMs);
}

/** The same where nobody else takes what waits: the first quarantine is skipped altogether. */
export function neededQuarantineDelay(times: number): number {
  return times <= 0 ? 0 : quarantineDelay(times - 2);
}

/**
 * Whether steps go on waiting for the builder. One that was given up long ago, but is about to be
 * called at once, is given that chance. A drained one counts as well: whoever drained it will say
 * when it is back.
 */
export function isHopeful(farm: Farm, { status, callDelayMs }: Builder): boolean {
  return status.type !== 'down' || status.vain < farm.maximumProbes || callDelayMs === 0;
}

/** Whether the hub answers, or is still waited for. */
export function isHubHopeful({ hub, maximumProbes }: Farm): boolean {
  return hub.type === 'up' || hub.vain < maximumProbes;
}

/** A group that has been in line for this long gets slots kept free for it. */
export const groupAgeMs = 30_000;
