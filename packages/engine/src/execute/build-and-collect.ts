import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { Collector } from '../collect/collector.ts';
import type { RunStores } from './run-stores.ts';

/** How rounds are made. */
export interface Rounds {
  readonly stores: RunStores;
  readonly collector: Collector;
  /** As `--keep-going`: what was lost is built again although something failed. */
  readonly keepGoing: boolean;
  /** Gives a result for each of these steps, once they are over. */
  readonly build: (steps: readonly PlannedStep[]) => Promise<ReadonlyMap<StorePath, StepResult>>;
}

const maximumRounds = 3;

/**
 * Builds the steps and brings home what is wanted. What is lost with its builder on the way home is
 * built once more, in a round of its own, a bounded number of times.
 */
export async function buildAndCollect(
  planned: readonly PlannedStep[],
  { stores, collector, keepGoing, build }: Rounds,
): Promise<ReadonlyMap<StorePath, StepResult>> {
  const results = new Map<StorePath, StepResult>();
  collector.collectPresent(planned);
  let steps = planned;
  for (let round = 1; ; round += 1) {
    for (const [step, result] of await build(steps)) results.set(step, result);
    const lost = await collector.finish();
    if (lost.length === 0) return results;
    steps = stores.stepsToRestore(lost);
    const isWorthIt = keepGoing || [...results.values()].every(isGood);
    const isWhole = stores.memberAmong(steps) === undefined;
    if (!isWorthIt || !isWhole || round === maximumRounds) {
      collector.giveUp(lost);
      return results;
    }
    collector.collectAgain(lost, steps);
  }
}
