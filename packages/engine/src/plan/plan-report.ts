import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { BuilderObstacles, GroupMisfit } from '@dispatch/scheduler/result';
import type { PlannedGroup, StepOutlook } from '../events.ts';
import { offerOf } from '../farm/farm-builder.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { candidates, type Forecast, forecast } from './forecast.ts';
import type { RunPlan } from './plan-run.ts';
import type { PreparedRun } from './prepared-run.ts';
import { runRequests } from './run-requests.ts';
import { stepIdentity } from './step-requests.ts';
import { type ReportedRoot, rootPaths } from './wanted-roots.ts';

/** What a run would do. */
export interface PlanReport extends Omit<Forecast, 'refused' | 'misfits'> {
  readonly roots: readonly ReportedRoot[];
  /** To be built, inputs first. */
  readonly steps: readonly StepPlan[];
  /** The groups among the steps. */
  readonly groups: readonly GroupPlan[];
  /** Derivations that the roots or the steps want, to be copied from the builders that hold them. */
  readonly found: readonly DerivationToCopy[];
  /** Paths that the hub will fetch from its substituters. */
  readonly substitutes: readonly StorePath[];
}

/** A step, and who could build it. */
export interface StepPlan extends StepOutlook {
  /** Names of the builders of which one will build it; empty when none can. */
  readonly builders: readonly string[];
  /**
   * Why each builder does not take it; undefined where one does, or where it only waits for a step
   * that none takes.
   */
  readonly refusals: readonly BuilderObstacles[] | undefined;
}

/** A group, and whether the machines could hold it. */
export interface GroupPlan extends PlannedGroup {
  /** Why they could not, even if they were idle; undefined when they could. */
  readonly misfit: GroupMisfit | undefined;
}

/** A derivation whose outputs lie on builders from an earlier run. */
export interface DerivationToCopy extends StepIdentity {
  readonly builders: readonly string[];
}

/** The plan of a run with where its steps could be built, and how long that would take. */
export function planReport(prepared: PreparedRun, hub: DaemonStore): PlanReport {
  const { graph, plan, groups, announced } = prepared;
  const requests = runRequests(plan.steps, prepared, hub);
  const builders = plan.builders.map((one) => ({
    offer: offerOf(one, hub),
    fault: one.fault,
    isDrained: one.withdrawal !== undefined,
  }));
  const groupRequests = groups.map(({ request }) => request);
  const { refused, misfits, ...expected } = forecast(builders, requests, groupRequests);
  const among = new Map(
    groupRequests.flatMap(({ members }) => members.map((one) => [one.step, one.builders])),
  );
  const steps = announced.steps.map((step, index) => ({
    ...step,
    builders: candidates(builders, requests[index], among.get(step.rewritten)),
    refusals: refused.get(step.rewritten),
  }));
  return {
    roots: rootPaths(plan.wanted, graph),
    steps,
    groups: announced.groups.map((group) => ({ ...group, misfit: misfits.get(group.group) })),
    found: foundDerivations(plan, graph, hub),
    substitutes: plan.substitutes,
    ...expected,
  };
}

function foundDerivations(
  { wanted, steps, locations }: RunPlan,
  graph: RewrittenGraph,
  hub: DaemonStore,
): DerivationToCopy[] {
  const inputs = steps.flatMap((step) => step.inputs.map(({ path }) => path));
  const needed = new Set([...wanted.map(({ path }) => path), ...inputs]);
  const toBuild = new Set(steps.map(({ node }) => node.path));
  const nodes = graph.rewritten.nodes.filter(({ path }) => needed.has(path) && !toBuild.has(path));
  return nodes.flatMap((node) => {
    const holders = outputPathsOf(node)
      .map((path) => locations.holdersOf(path))
      .filter((stores) => !stores.includes(hub))
      .flat();
    const builders = [...new Set(holders.map(({ name }) => name))];
    return builders.length === 0 ? [] : [{ ...stepIdentity(node, graph), builders }];
  });
}
