import { randomBytes } from 'node:crypto';

/**
 * Makes the permanent name of a run; `now` is in Unix milliseconds. Names sort by time; the random
 * part tells apart those of the same second.
 */
export function newRunId(now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\..*/g, '');
  return `${time}-${randomBytes(4).toString('hex')}`;
}

/** The form of a run's name, which also names a folder and a file. */
export const runIdPattern: RegExp = /^\d{8}T\d{6}-[0-9a-f]{8}$/;
