import type { StepRequest } from './event.ts';
import type { Needs } from './farm.ts';

/** The needs of a step that may not be known to the scheduler yet. */
export function needsOf({
  system,
  requiredFeatures,
}: Pick<StepRequest, 'system' | 'requiredFeatures'>): Needs {
  return { system, requiredFeatures: new Set(requiredFeatures) };
}

/** The same text for the same needs, and for no others. */
export function needsKey({ system, requiredFeatures }: Needs): string {
  // Most steps require no feature, and there may be very many steps: their keys are cheap to make.
  if (requiredFeatures.size === 0) return `:${system}`;
  return JSON.stringify([system, [...requiredFeatures].toSorted()]);
}
