import type { GroupRequest, StepId } from '../event.ts';

/** What binds the members of a group, which go by their positions among them. */
export interface Bonds {
  /** Members that must be on different builders, pairwise. */
  readonly apart: readonly (readonly number[])[];
  /** Such that must be on one. */
  readonly together: readonly (readonly number[])[];
}

/** The bonds that a group is asked for with. */
export function bondsOf({ members, apart, together }: GroupRequest): Bonds {
  const positions = new Map(members.map(({ step }, at) => [step, at]));
  const at = (steps: readonly StepId[]): number[] => steps.map((step) => positions.get(step) ?? 0);
  return { apart: apart.map(at), together: together.map(at) };
}
