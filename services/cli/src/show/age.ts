import { count } from './quantities.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `3 days ago`; a time after `now`, which another machine's clock gave, is shown as a date. */
export function age(time: number, now: number): string {
  const past = now - time;
  if (past < -minute) return `${date(time)} (in the future: somebody's clock is wrong)`;
  if (past < minute) return 'just now';
  if (past < hour) return `${count(Math.floor(past / minute), 'minute')} ago`;
  if (past < 2 * day) return `${count(Math.floor(past / hour), 'hour')} ago`;
  return `${count(Math.floor(past / day), 'day')} ago`;
}

/** `2026-11-21 10:05 UTC`. */
export function date(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
