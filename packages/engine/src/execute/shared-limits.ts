import type { BuildSettings } from './build-settings.ts';

/**
 * The settings for a build that several runs want: the longest of each limit, since a limit says
 * how long its run is willing to wait. The other settings are those of the first run.
 */
export function mostPatient(first: BuildSettings, others: Iterable<BuildSettings>): BuildSettings {
  let { timeout, maxSilentTime } = first;
  for (const other of others) {
    timeout = longerTimeout(timeout, other.timeout);
    maxSilentTime = longer(maxSilentTime, other.maxSilentTime);
  }
  return { ...first, timeout, maxSilentTime };
}

/** Whether both leave a build the same time. */
export function isAsPatient(one: BuildSettings, other: BuildSettings): boolean {
  return one.timeout === other.timeout && one.maxSilentTime === other.maxSilentTime;
}

/** A builder's own limit is hardly ever set: it counts as longer than any number. */
function longerTimeout(one: number | undefined, other: number | undefined): number | undefined {
  if (one === 0 || other === 0) return 0;
  return one === undefined || other === undefined ? undefined : longer(one, other);
}

/** 0 is for ever. */
function longer(one: number, other: number): number {
  return one === 0 || other === 0 ? 0 : Math.max(one, other);
}
