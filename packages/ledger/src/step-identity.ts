import type { StorePath } from '@dispatch/nix/store-path';
import type { StepIdentity } from './run-record.ts';

/** Every path by which a step can be found: .drv and outputs, original and rewritten, each once. */
export function stepPaths(step: StepIdentity): readonly StorePath[] {
  const paths = new Set<StorePath>([step.original, step.rewritten]);
  for (const { original, rewritten } of step.outputs) {
    if (original !== undefined) paths.add(original);
    if (rewritten !== undefined) paths.add(rewritten);
  }
  return [...paths];
}

/** The identity alone of a step, without what became of it. */
export function stepIdentity(step: StepIdentity): StepIdentity {
  const { original, rewritten, name, system, outputs } = step;
  return { original, rewritten, name, system, outputs };
}
