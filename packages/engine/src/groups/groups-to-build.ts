import type { MarkedGroup } from '@dispatch/graph/groups/group';
import type { RunPlan } from '../plan/plan-run.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';

/** The groups of a plan that have to be built: with one member all are, as they are one test. */
export function groupsToBuild(
  { steps }: Pick<RunPlan, 'steps'>,
  { groups }: Pick<RewrittenGraph, 'groups'>,
): MarkedGroup[] {
  if (groups.length === 0) return [];
  const building = new Set(steps.map(({ node }) => node.path));
  return groups.filter(({ members }) => members.some(({ path }) => building.has(path)));
}
