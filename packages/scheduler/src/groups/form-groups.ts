import type { GroupRequest } from '../event.ts';
import type { Farm, Step } from '../farm.ts';
import { isGood } from '../result.ts';
import { bondsOf } from './bonds.ts';
import type { Group, Member } from './group.ts';

/** The groups that are neither under way nor have succeeded. To be called before steps are made. */
export function groupsToForm(farm: Farm, groups: readonly GroupRequest[]): readonly GroupRequest[] {
  return groups.filter((group) => isToBeFormed(farm, group));
}

/** Makes the results of members that have ended count no longer: a group is tried as a whole. */
export function renewMembers(farm: Farm, { members }: GroupRequest): void {
  for (const { step: id } of members) {
    const step = farm.steps.get(id);
    if (step?.phase.type === 'ended') step.isLost = true;
  }
}

function isToBeFormed(farm: Farm, { id, members }: GroupRequest): boolean {
  if (farm.groups.has(id)) return false;
  return !members.every(({ step }) => hasSucceeded(farm.steps.get(step)));
}

function hasSucceeded(step: Step | undefined): boolean {
  return step?.phase.type === 'ended' && isGood(step.phase.result) && !step.isLost;
}

/** Makes a group of the farm's steps. */
export function formGroup(farm: Farm, request: GroupRequest): Group | undefined {
  const { id, members, queueMs } = request;
  const bound = members.flatMap((member) => memberOf(farm, member));
  const [lead] = bound.map(({ step }) => step);
  if (lead === undefined) return undefined;
  farm.lastOrder += 1;
  const group: Group = {
    id,
    order: farm.lastOrder,
    members: bound,
    ...bondsOf(request),
    queueMs,
    phase: { type: 'forming' },
    lead,
    watches: { age: undefined, queue: undefined },
    hasAged: false,
    outlook: undefined,
  };
  farm.groups.set(id, group);
  for (const { step } of bound) step.group = group;
  return group;
}

function memberOf(farm: Farm, { step: id, builders }: GroupRequest['members'][number]): Member[] {
  const step = farm.steps.get(id);
  return step === undefined ? [] : [{ step, builders: builders && new Set(builders) }];
}
