import type { MarkedGroup } from '@dispatch/graph/groups/group';
import { EngineError } from '../errors.ts';
import type { GroupMarks } from '../groups/group-marks.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { makeReal } from './make-real.ts';
import { withOwnFeatures } from './own-features.ts';
import type { PlannedFarm } from './planned-farm.ts';
import { type Survey, surveyRun } from './survey.ts';
import type { RequestedRoot, WantedRoot } from './wanted-roots.ts';

/** What a run has to do. The builders are those that were asked, with what was learnt of them. */
export type RunPlan = Omit<Survey, 'spent'>;

/** A plan, and the graph that it is for, with its groups at the marks that they turned out to need. */
export interface SettledPlan {
  readonly graph: RewrittenGraph;
  readonly plan: RunPlan;
}

/** How often new marks are tried. A random mark was never used: a store that keeps saying so lies. */
const maximumSurveys = 20;

/**
 * Plans a run. A group that cannot be built under its paths, since that was tried before or its
 * outputs are gone, gets others, and so does all that depends on it. `onGraph` is told of each
 * graph before the stores are asked about it.
 */
export async function planRun(
  rewritten: RewrittenGraph,
  roots: readonly RequestedRoot[],
  marks: GroupMarks,
  farm: PlannedFarm,
  onGraph: (graph: RewrittenGraph, wanted: readonly WantedRoot[]) => Promise<void>,
): Promise<SettledPlan> {
  for (let survey = 1; ; survey += 1) {
    const graph = await marks.settle(rewritten);
    const wanted = await makeReal(graph, roots, farm);
    await onGraph(graph, wanted);
    const { spent, ...found } = await surveyRun(graph, wanted, marks, farm);
    if (spent.length === 0) return { graph, plan: await withAskedBuilders(found, farm) };
    if (survey === maximumSurveys) throw unsettled(spent);
    marks.renew(spent);
  }
}

async function withAskedBuilders(plan: RunPlan, farm: PlannedFarm): Promise<RunPlan> {
  const { roster, onEvent, signal } = farm;
  const builders = await withOwnFeatures(plan.builders, plan.steps, roster, onEvent, signal);
  return { ...plan, builders };
}

function unsettled(groups: readonly MarkedGroup[]): EngineError {
  const names = [...new Set(groups.map(({ name }) => name))].join(', ');
  return new EngineError(
    'group-refused',
    `some store claims to have what was never built, whatever new paths the group is given: ${names}. ` +
      'Take one builder after the other out of use to find it (dispatch builders skip NAME)',
  );
}
