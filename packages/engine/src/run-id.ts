import { randomBytes } from 'node:crypto';

/**
 * What a run is called for ever; `now` is in Unix milliseconds. Such names sort by time; the random
 * part keeps two of one moment apart.
 */
export function newRunId(now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\..*/g, '');
  return `${time}-${randomBytes(4).toString('hex')}`;
}

/** What a run may be called: it names a folder and a file. */
export const runIdPattern: RegExp = /^\d{8}T\d{6}-[0-9a-f]{8}$/;
