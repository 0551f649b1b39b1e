import type { GroupRequest, StepId } from '../event.ts';

/** Which members of a group, by position, must be on different builders or on one. */
export interface Bonds {
  /** Members that must be on different builders, pairwise. */
  readonly apart: readonly (readonly number[])[];
  /** Members that must be on one builder. */
  readonly together: readonly (readonly number[])[];
}

/** The bonds that a request states for its group. */
export function bondsOf({ members, apart, together }: GroupRequest): Bonds {
  const positions = new Map(members.map(({ step }, at) => [step, at]));
  const at = (steps: readonly StepId[]): number[] => steps.map((step) => positions.get(step) ?? 0);
  return { apart: apart.map(at), together: together.map(at) };
}
