import type { StorePath } from '@dispatch/nix/store-path';
import { EngineError } from '../errors.ts';
import type { RunPlan } from '../plan/plan-run.ts';
import type { RewrittenGraph } from '../rewrite/rewrite-roots.ts';
import { groupsToBuild } from './groups-to-build.ts';

/**
 * Keeps of a plan only the members of groups and what they are built from: a trial builds no join,
 * and brings nothing home. Throws `group-refused` where there is no group.
 */
export function trialPlan(plan: RunPlan, graph: Pick<RewrittenGraph, 'groups'>): RunPlan {
  const wanted = new Set<StorePath>();
  for (const { members } of groupsToBuild(plan, graph))
    for (const { path } of members) wanted.add(path);
  if (wanted.size === 0) throw noGroup();
  // Inputs come first in a plan: going backwards, all that is built from a step comes before it.
  for (const { node, dependencies } of plan.steps.toReversed())
    if (wanted.has(node.path)) for (const path of dependencies) wanted.add(path);
  return { ...plan, wanted: [], steps: plan.steps.filter(({ node }) => wanted.has(node.path)) };
}

function noGroup(): EngineError {
  return new EngineError(
    'group-refused',
    'nothing that was named joins a group: name a derivation that has dispatchJoin, or stands on one',
  );
}
