import { utmostPriority } from '@dispatch/coordinator/messages/priority';
import { InvalidArgumentError } from 'commander';
import { jobsIn, wholeNumberIn } from '../world/setting-values.ts';

/** Reads an option whose value is a whole number from 0 up. */
export function wholeNumber(text: string): number {
  const number = wholeNumberIn(text);
  if (number === undefined) throw new InvalidArgumentError('It must be a whole number from 0 up.');
  return number;
}

/** Reads a number of builds at a time, or `auto` for as many as there are CPUs. */
export function jobs(text: string): number {
  const number = jobsIn(text);
  if (number === undefined)
    throw new InvalidArgumentError("It must be a whole number from 0 up or 'auto'.");
  return number;
}

/** Reads an option whose value is a number above zero. */
export function positive(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

const priorities: Readonly<Record<string, number>> = { low: -10, normal: 0, high: 10 };

/** Reads a run's priority: a word, or a whole number, which may be negative. */
export function priority(text: string): number {
  if (Object.hasOwn(priorities, text)) return priorities[text] ?? 0;
  const number = /^-?\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(number) <= utmostPriority) return number;
  throw new InvalidArgumentError(
    `It must be low, normal, high, or a whole number from -${utmostPriority} to ${utmostPriority}.`,
  );
}

/** Gathers an option that may be given several times. */
export function each(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
