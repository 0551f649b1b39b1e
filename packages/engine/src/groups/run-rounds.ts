import type { GroupKey } from '@dispatch/graph/groups/group';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { RunPlanned, StepOutlook } from '../events.ts';
import type { PreparedRun } from '../plan/prepared-run.ts';
import type { RunResults } from '../report/run-report.ts';
import { type GroupPolicies, policyOf } from './group-policy.ts';

/** Results of steps, by rewritten `.drv` path. */
type Results = ReadonlyMap<StorePath, StepResult>;

/** What was to be done and what came of it. */
export type RoundsResult = Pick<RunResults, 'steps' | 'substitutes' | 'present' | 'results'>;

/**
 * The rounds of a run. A group that was lost with a machine gets new paths for another try, and so the
 * run is planned anew: for what is still missing, as often as the policy of the group says.
 */
export class RunRounds {
  readonly #policies: GroupPolicies | undefined;
  readonly #tries = new Map<GroupKey, number>();
  #first: RunPlanned | undefined;
  readonly #steps: StepOutlook[] = [];
  readonly #results = new Map<StorePath, StepResult>();

  constructor(policies: GroupPolicies | undefined) {
    this.#policies = policies;
  }

  /**
   * Whether there is to be another round after one with these results; `lost` are members whose outputs
   * counted, and are nowhere any more. What failed for any other reason would only fail once more.
   */
  goAgain(prepared: PreparedRun, results: Results, lost: ReadonlySet<StorePath>): boolean {
    const ended = [...results.values()].filter((result) => !isGood(result));
    const isLost = ({ type }: StepResult): boolean =>
      type === 'group-lost' || (type === 'faults-exhausted' && lost.size > 0);
    if (!ended.every((result) => isLost(result) || result.type === 'dependency-failed'))
      return false;
    const groups = prepared.graph.groups.filter(({ members }) =>
      members.some(({ path }) => results.get(path)?.type === 'group-lost' || lost.has(path)),
    );
    if (groups.length === 0) return false;
    for (const { key } of groups) this.#tries.set(key, (this.#tries.get(key) ?? 0) + 1);
    const areLeft = groups.every(
      ({ key, name }) => (this.#tries.get(key) ?? 0) <= policyOf(this.#policies, name).retries,
    );
    if (areLeft) this.#keep(prepared.announced, results);
    return areLeft;
  }

  /** What all rounds came to, of which this was the last. */
  total(last: RunPlanned, results: Results): RoundsResult {
    const { substitutes, present } = this.#first ?? last;
    const again = new Set(last.steps.map(({ rewritten }) => rewritten));
    return {
      steps: [...this.#steps.filter(({ rewritten }) => !again.has(rewritten)), ...last.steps],
      substitutes: [...new Set([...substitutes, ...last.substitutes])],
      present,
      results: new Map([...this.#results, ...results]),
    };
  }

  /** What was built stays so; the rest has other names in the next round, or is among its steps. */
  #keep(announced: RunPlanned, results: Results): void {
    this.#first ??= announced;
    const { steps } = announced;
    const built = steps.filter(({ rewritten }) => {
      const result = results.get(rewritten);
      return result !== undefined && isGood(result);
    });
    this.#steps.push(...built);
    for (const { rewritten } of built) {
      const result = results.get(rewritten);
      if (result !== undefined) this.#results.set(rewritten, result);
    }
  }
}
