import { availableParallelism } from 'node:os';

/** A whole number from 0 up; undefined for anything else. */
export function wholeNumberIn(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** Nix's `max-jobs`: a whole number, or `auto` for as many as there are CPUs. */
export function jobsIn(text: string): number | undefined {
  return text === 'auto' ? availableParallelism() : wholeNumberIn(text);
}

/** A boolean in the words that Nix takes; undefined for anything else. */
export function flagIn(text: string): boolean | undefined {
  if (['true', 'yes', '1'].includes(text)) return true;
  return ['false', 'no', '0'].includes(text) ? false : undefined;
}
