import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { Collector } from '../collect/collector.ts';
import type { RunStores } from './run-stores.ts';

/** What `buildAndCollect` works with. */
export interface Rounds {
  readonly stores: RunStores;
  readonly collector: Collector;
  /** As `--keep-going`: what was lost is built again although something failed. */
  readonly keepGoing: boolean;
  /** Builds these steps; resolves to a result for each, once all are over. */
  readonly build: (steps: readonly PlannedStep[]) => Promise<ReadonlyMap<StorePath, StepResult>>;
}

const maximumRounds = 3;

/**
 * Builds the steps and brings the wanted outputs to the hub. Outputs that are lost with their
 * builder on the way are built again in a round of their own, up to `maximumRounds` in all.
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
