import type { GroupKey, MarkedGroup } from '@dispatch/graph/groups/group';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { RunEvent, RunPlanned, StepOutlook } from '../events.ts';
import type { HowToBuild } from '../execute/execution.ts';
import type { RunPlan } from '../plan/plan-run.ts';
import type { PreparedRun } from '../plan/prepared-run.ts';
import type { RunResults } from '../report/run-report.ts';
import { FinalFailures, type KnownGraph } from './final-failures.ts';
import { type GroupPolicies, policyOf } from './group-policy.ts';

/** Results of steps, by rewritten `.drv` path. */
type Results = ReadonlyMap<StorePath, StepResult>;

/** How often other runs may use up a mark that a run has planned with, before that counts as a try. */
const maximumVainPlans = 5;

/** What was to be done and what came of it. */
export type RoundsResult = Pick<RunResults, 'steps' | 'substitutes' | 'present' | 'results'>;

/**
 * The rounds of a run. A group that was lost gets new paths for another try, so the run is planned
 * anew for what is still missing, as often as the policy of the group says.
 */
export class RunRounds {
  readonly #policies: GroupPolicies | undefined;
  readonly #keepGoing: boolean;
  readonly #tries = new Map<GroupKey, number>();
  /** Groups that began nothing, since their marks had been used, and (below) how often that was so. */
  readonly #taken = new Set<StorePath>();
  readonly #vainPlans = new Map<GroupKey, number>();
  readonly #failures = new FinalFailures();
  #first: RunPlanned | undefined;
  readonly #steps: StepOutlook[] = [];
  readonly #results = new Map<StorePath, StepResult>();
  /** Results of what is left out of later rounds, by original path: the rewritten one may differ there. */
  readonly #leftOut = new Map<StorePath, StepResult>();

  constructor({ groups, keepGoing }: Pick<HowToBuild, 'groups' | 'keepGoing'>) {
    this.#policies = groups;
    this.#keepGoing = keepGoing;
  }

  /**
   * Whether there is to be another round after one with these results; `lost` are members whose
   * outputs counted and which no store has any more. What failed for any other reason would only
   * fail again: it ends the run, or with `keepGoing` is left out of the next round.
   */
  goAgain(prepared: PreparedRun, results: Results, lost: ReadonlySet<StorePath>): boolean {
    const { groups } = prepared.graph;
    const lostGroups = groups.filter(({ members }) =>
      members.some(({ path }) => results.get(path)?.type === 'group-lost' || lost.has(path)),
    );
    for (const group of lostGroups) this.#count(group);
    const givenUp = lostGroups.filter((group) => !this.#hasTriesLeft(group));
    if (givenUp.length === lostGroups.length) return false;
    const failed = failedForGood(results, lost);
    const isWhole = failed.length === 0 && givenUp.length === 0;
    if (!isWhole && !this.#keepGoing) return false;
    this.#failures.add(failed, prepared.graph);
    this.#failures.addGroups(givenUp);
    this.#keep(prepared, results);
    return true;
  }

  /**
   * Those steps of a plan that cannot succeed, as an earlier round has shown: they get the same
   * result under the paths that they have now.
   */
  leaveOut({ steps }: Pick<RunPlan, 'steps'>, graph: KnownGraph): ReadonlySet<StorePath> {
    const causes = this.#failures.among(steps, graph);
    for (const { node } of steps) {
      const { path } = node;
      const cause = causes.get(path);
      if (cause === undefined || this.#results.has(path)) continue;
      const before = this.#leftOut.get(graph.originalOfRewritten(path));
      this.#results.set(path, before ?? { type: 'dependency-failed', cause });
    }
    return new Set(causes.keys());
  }

  /** Takes notice of an event; those that say nothing of tries are passed over. */
  observe(event: RunEvent): void {
    if (event.type === 'group-ended' && event.isTaken === true) this.#taken.add(event.group);
  }

  /** Counts a try of a group. A plan whose mark was used meanwhile is none, unless that happens too often. */
  #count({ key, path }: MarkedGroup): void {
    const vain = this.#vainPlans.get(key) ?? 0;
    if (this.#taken.has(path) && vain < maximumVainPlans) this.#vainPlans.set(key, vain + 1);
    else this.#tries.set(key, (this.#tries.get(key) ?? 0) + 1);
  }

  #hasTriesLeft({ key, name }: MarkedGroup): boolean {
    return (this.#tries.get(key) ?? 0) <= policyOf(this.#policies, name).retries;
  }

  /** The results of all rounds, given those of the last one. */
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

  /**
   * Keeps what was built, or failed for good; the rest is among the steps of the next round,
   * perhaps under other paths.
   */
  #keep({ announced, plan, graph }: PreparedRun, results: Results): void {
    this.#first ??= announced;
    const causes = this.#failures.among(plan.steps, graph);
    for (const step of announced.steps) {
      const ended = results.get(step.rewritten);
      if (ended === undefined) continue;
      const cause = causes.get(step.rewritten);
      if (!isGood(ended) && cause === undefined) continue;
      // The step that it was ended for may be tried again now, and is not to be blamed then.
      const isOfAnother = cause !== undefined && ended.type === 'dependency-failed';
      const result = isOfAnother ? { ...ended, cause } : ended;
      this.#steps.push(step);
      this.#results.set(step.rewritten, result);
      if (!isGood(result)) this.#leftOut.set(step.original, result);
    }
  }
}

/** The steps that failed by themselves: neither lost with a machine, nor ended because of another. */
function failedForGood(results: Results, lost: ReadonlySet<StorePath>): StorePath[] {
  const isLost = ({ type }: StepResult): boolean =>
    type === 'group-lost' || (type === 'faults-exhausted' && lost.size > 0);
  return [...results]
    .filter(([, result]) => !isGood(result) && !isLost(result))
    .filter(([, result]) => !isForAnother(result))
    .map(([path]) => path);
}

/** Whether a step depends on one that failed, or was stopped when one did. */
function isForAnother(result: StepResult): boolean {
  if (result.type === 'cancelled') return result.because === 'run-failed';
  return result.type === 'dependency-failed';
}
