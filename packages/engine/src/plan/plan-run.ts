import type { MarkedGroup } from '@dispatch/graph/groups/group';
import { EngineError } from '../errors.ts';
import type { GroupMarks } from '../groups/group-marks.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { makeReal } from './make-real.ts';
import { withOwnFeatures } from './own-features.ts';
import type { PlannedFarm } from './planned-farm.ts';
import { type Survey, surveyRun } from './survey.ts';
import type { RequestedRoot, WantedRoot } from './wanted-roots.ts';

/** What a run has to do; the builders are as they were given, but for what was learnt of them. */
export type RunPlan = Omit<Survey, 'spent'>;

/** A plan, and the graph that it is for: with groups at the marks that they turned out to need. */
export interface SettledPlan {
  readonly graph: RewrittenGraph;
  readonly plan: RunPlan;
}

/** A mark that is random is as good as never met; whoever meets it again and again is lied to. */
const maximumSurveys = 20;

/**
 * Plans a run. Where a group cannot be built under its paths, since somebody tried that before or what
 * was made is gone, it gets others, and all that stands on it; `onGraph` is told of each graph before it
 * is asked what of it there is.
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
