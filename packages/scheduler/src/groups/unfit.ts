import type { Builder, Farm } from '../farm.ts';
import { passingObstacles } from '../obstacles.ts';
import { isHopeful, isHubHopeful } from '../patience.ts';
import type { GroupMisfit, Obstacle } from '../result.ts';
import { endGroup } from './end-group.ts';
import { type Group, isWaiting } from './group.ts';
import { misfitOf } from './misfit.ts';
import { couldHold } from './outlook.ts';

/** Ends the groups that have not started and that the farm could never hold. */
export function refuseUnfit(farm: Farm): void {
  for (const group of waitingGroups(farm)) {
    const misfit = misfitAmong(farm, group, () => []);
    if (misfit !== undefined) endUnfit(farm, group, misfit);
  }
}

/** Ends the groups in line that only builders could hold which were called in vain often enough. */
export function giveUpGroups(farm: Farm): void {
  const isThere = (builder: Builder): boolean => isHubHopeful(farm) && isHopeful(farm, builder);
  for (const group of waitingGroups(farm)) {
    if (group.phase.type !== 'in-line' || couldHold(group, 'lax', isThere)) continue;
    const misfit = misfitAmong(farm, group, (builder) => reasonsAway(farm, builder));
    endUnfit(farm, group, misfit ?? noPlaces(group));
  }
}

function waitingGroups(farm: Farm): Group[] {
  return [...farm.groups.values()].filter(isWaiting);
}

function misfitAmong(
  farm: Farm,
  { members, apart, together }: Group,
  obstaclesAt: (builder: Builder) => readonly Obstacle[],
): GroupMisfit | undefined {
  const wishes = members.map(({ step, builders }) => ({
    step: step.id,
    needs: step.demand,
    builders,
  }));
  const machines = [...farm.builders.values()].map((builder) => ({
    offer: builder.offer,
    obstacles: obstaclesAt(builder),
  }));
  return misfitOf({ members: wishes, apart, together }, machines);
}

function reasonsAway(farm: Farm, builder: Builder): readonly Obstacle[] {
  const { hub } = farm;
  if (hub.type === 'down' && !isHubHopeful(farm)) return [{ type: 'down', reason: hub.reason }];
  return isHopeful(farm, builder) ? [] : passingObstacles(builder);
}

/** The misfit where it was not found out what is missing, since the search gave up. */
function noPlaces({ members }: Group): GroupMisfit {
  return { type: 'places', steps: members.map(({ step }) => step.id), places: [], hosts: 'any' };
}

function endUnfit(farm: Farm, group: Group, misfit: GroupMisfit): void {
  endGroup(farm, group, {
    cause: undefined,
    result: { type: 'group-unfit', group: group.id, misfit },
  });
}
