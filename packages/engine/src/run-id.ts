import { randomBytes } from 'node:crypto';

/**
 * What a run is called for ever; `now` is in Unix milliseconds. Such names sort by time; the random
 * part keeps two of one moment apart.
 */
export function newRunId(now: number): string {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\..*/g, '');
  return `${time}-${randomBytes(4).toString('hex')}`;
}
