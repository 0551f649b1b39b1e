import type { Builder, Farm } from './farm.ts';

/** How patient the scheduler is. */
export interface Patience {
  /** So many attempts of a step may be lost to infrastructure before it is given up. */
  readonly maximumFaults: number;
  /**
   * So many calls of a lost machine in vain before nothing waits for it any longer. It is called on all
   * the same, and used when it answers.
   */
  readonly maximumProbes: number;
  /** So many steps in a row may be lost on a builder that answers before it is put into quarantine. */
  readonly maximumStrikes: number;
}

/** Eleven calls of a machine that is needed take about a minute. */
export const usualPatience: Patience = { maximumFaults: 3, maximumProbes: 11, maximumStrikes: 3 };

const firstProbeMs = 500;
const slowestProbeMs = 60_000;
/** A machine without which nothing goes on is called again after no more than this. */
export const slowestNeededProbeMs = 8_000;
const firstRestMs = 1_000;
const longestRestMs = 16_000;
const firstQuarantineMs = 60_000;
const longestQuarantineMs = 3_600_000;

/** How long to wait before a lost machine is called again, after so many calls in vain. */
export function probeDelay(vain: number): number {
  return Math.min(firstProbeMs * 2 ** vain, slowestProbeMs);
}

/** The same for one without which nothing that waits can go on. */
export function neededProbeDelay(vain: number): number {
  return Math.min(probeDelay(vain), slowestNeededProbeMs);
}

/** How long a step rests that was lost so often, before it meets what it was lost with once more. */
export function restDelay(faults: number): number {
  return Math.min(firstRestMs * 4 ** (faults - 1), longestRestMs);
}

/** How long a builder stays in quarantine that was there so many times in a row. */
export function quarantineDelay(times: number): number {
  return Math.min(firstQuarantineMs * 4 ** times, longestQuarantineMs);
}

/** The same where no other takes what waits: the first time it is not left alone at all. */
export function neededQuarantineDelay(times: number): number {
  return times <= 0 ? 0 : quarantineDelay(times - 2);
}

/**
 * Whether what waits for the builder goes on waiting: also one that was long given up has to be called
 * first. Whoever drains one says when it is back.
 */
export function isHopeful(farm: Farm, { status, callDelayMs }: Builder): boolean {
  return status.type !== 'down' || status.vain < farm.maximumProbes || callDelayMs === 0;
}

/** Whether the hub is there, or is still waited for. */
export function isHubHopeful({ hub, maximumProbes }: Farm): boolean {
  return hub.type === 'up' || hub.vain < maximumProbes;
}

/** A group that has been in line for so long gets slots kept free for it. */
export const groupAgeMs = 30_000;
