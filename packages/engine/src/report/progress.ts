import type { MarkedGroup } from '@dispatch/graph/groups/group';
import type { PlannedGroup, RunEvent, RunPlanned } from '../events.ts';
import { groupsToBuild } from '../groups/groups-to-build.ts';
import type { LookUp } from '../look-up/look-up-serials.ts';
import type { RunPlan } from '../plan/plan-run.ts';
import { stepIdentity } from '../plan/step-requests.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';

/** The event that tells which derivations got a serial, from whom and why. */
export function poisonFound(
  { serials, standings, unproven }: LookUp,
  graph: RewrittenGraph,
): RunEvent {
  const poisoned = [...serials].flatMap(([original, serial]) => {
    const record = unproven.has(original) ? undefined : standings.get(original)?.record;
    return graph.formsOf(original).map((rewritten) => ({
      original,
      rewritten,
      serial,
      reason: record?.reason,
      author: record?.author,
    }));
  });
  return { type: 'poison-found', poisoned };
}

/**
 * The event that tells what is going to be done; `durations` are the milliseconds that the steps
 * took when they were last built.
 */
export function planned(
  plan: RunPlan,
  graph: RewrittenGraph,
  durations: readonly (number | undefined)[],
): RunPlanned {
  return {
    type: 'planned',
    steps: plan.steps.map(({ node, dependencies }, index) => ({
      ...stepIdentity(node, graph),
      dependencies,
      expectedMs: durations[index],
    })),
    substitutes: plan.substitutes,
    present: plan.present,
    groups: groupsToBuild(plan, graph).map(plannedGroup),
  };
}

function plannedGroup(group: MarkedGroup): PlannedGroup {
  const { path, join, key, id, name, mark, members } = group;
  const outlook = members.map((member) => ({
    name: member.name,
    role: member.role,
    step: member.path,
  }));
  return { group: path, join, key, id, name, mark, members: outlook };
}
