import { stopAttempt } from '../attempts.ts';
import type { BuilderName } from '../event.ts';
import type { Builder, Farm } from '../farm.ts';
import { endStep } from '../steps.ts';
import type { Group, Verdict } from './group.ts';
import { leaveLine } from './line-up.ts';

/** Ends the group without success, once its running attempts have stopped. */
export function endGroup(farm: Farm, group: Group, verdict: Verdict): void {
  leaveLine(farm, group);
  group.phase = { type: 'ending', verdict };
  stopMembers(farm, group);
  concludeGroup(farm, group);
}

/** Ends the group for a reason that says nothing about its members. */
export function loseGroup(
  farm: Farm,
  group: Group,
  reason: string,
  builder: BuilderName | undefined,
): void {
  const result = { type: 'group-lost', group: group.id, reason, builder } as const;
  endGroup(farm, group, { cause: undefined, result });
}

/** Puts a group that was being started back into line, once its running attempts have stopped. */
export function sendBack(farm: Farm, group: Group, reason: string): void {
  group.phase = { type: 'forming' };
  farm.commands.push({ type: 'requeue-group', group: group.id, reason });
  stopMembers(farm, group);
}

function stopMembers(farm: Farm, { members }: Group): void {
  for (const { step } of members) {
    if (step.phase.type === 'running') stopAttempt(farm, step.phase.attempt);
  }
}

/** Ends the members of an ending group once none of them runs; the cause comes first. */
export function concludeGroup(farm: Farm, group: Group): void {
  const { phase, members } = group;
  if (phase.type !== 'ending') return;
  if (members.some(({ step }) => step.phase.type === 'stopping')) return;
  const { cause, result } = phase.verdict;
  closeGroup(farm, group);
  const wanted = members.map(({ step }) => step).filter(({ runs }) => runs.length > 0);
  if (cause !== undefined && wanted.includes(cause.step)) endStep(farm, cause.step, cause.result);
  for (const step of wanted) if (step !== cause?.step) endStep(farm, step, result);
}

/** Removes a group whose outcome is known. */
export function closeGroup(farm: Farm, group: Group): void {
  group.phase = { type: 'over' };
  farm.groups.delete(group.id);
}

/** Ends the groups of which no run wants all members, or of which an input has failed. */
export function settleGroups(farm: Farm): void {
  for (const [group, result] of farm.unsettledGroups) {
    farm.unsettledGroups.delete(group);
    if (group.phase.type === 'over') continue;
    const isWanted = group.members.some(({ step }) => step.runs.length > 0);
    if (!isWanted) closeGroup(farm, group);
    else if (result !== undefined) endGroup(farm, group, { cause: undefined, result });
    else loseGroup(farm, group, 'nobody wants all of its members any longer', undefined);
  }
}

/**
 * Takes the groups away from a builder that is out of use: those that are starting go back into
 * line, those that run are lost.
 */
export function leaveBuilder(farm: Farm, builder: Builder, reason: string): void {
  for (const group of farm.groups.values()) {
    if (!isAt(group, builder)) continue;
    if (group.phase.type === 'starting') sendBack(farm, group, reason);
    else if (group.phase.type === 'running') loseGroup(farm, group, reason, builder.offer.name);
  }
}

/** Whether a member of the group runs there, or has its outputs there. */
function isAt({ members }: Group, builder: Builder): boolean {
  return members.some(
    ({ step: { phase } }) =>
      (phase.type === 'running' && phase.attempt.builder === builder) ||
      (phase.type === 'held' && phase.made?.builder === builder),
  );
}
