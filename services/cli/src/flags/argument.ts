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

/** Gathers an option that may be given several times. */
export function each(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
