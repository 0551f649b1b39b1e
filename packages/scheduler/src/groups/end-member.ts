import type { AttemptOutcome, GroupId } from '../event.ts';
import type { Attempt, Farm } from '../farm.ts';
import { madeAt } from '../locality.ts';
import { endStep } from '../steps.ts';
import { closeGroup, endGroup, loseGroup } from './end-group.ts';
import type { Group } from './group.ts';

/** Ends a member of a group that has started, and decides what follows for the whole group. */
export function endMember(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  const { id, step, builder } = attempt;
  const { group } = step;
  if (group === undefined) return;
  const isGood = outcome.type === 'succeeded';
  const made = isGood ? { attempt: id, builder, outputBytes: outcome.outputBytes } : undefined;
  step.phase = { type: 'held', made };
  if (isGood) commitWhole(farm, group);
  else if (outcome.type === 'failed') fail(farm, group, attempt, outcome);
  else loseGroup(farm, group, lossReason(outcome), builder.offer.name);
}

/** Why an attempt told nothing about its derivation. */
export function lossReason(outcome: AttemptOutcome): string {
  return 'reason' in outcome ? outcome.reason : 'it was stopped unasked';
}

/** Asks for the group's commit record once all members have succeeded. */
function commitWhole(farm: Farm, group: Group): void {
  group.phase = { type: 'running' };
  if (group.members.some(({ step: { phase } }) => phase.type !== 'held')) return;
  group.phase = { type: 'committing' };
  farm.commands.push({ type: 'commit-group', group: group.id });
}

type Failure = Extract<AttemptOutcome, { type: 'failed' }>;

function fail(farm: Farm, group: Group, attempt: Attempt, { status, message }: Failure): void {
  const { id, step, builder } = attempt;
  const name = builder.offer.name;
  endGroup(farm, group, {
    cause: { step, result: { type: 'failed', builder: name, attempt: id, status, message } },
    result: { type: 'group-failed', group: group.id, cause: step.id, reason: message },
  });
}

/** Notes that a group's builds begin: from now on it does not go back into line. */
export function markStarted(farm: Farm, id: GroupId): void {
  const group = farm.groups.get(id);
  if (group?.phase.type === 'starting') group.phase = { type: 'running' };
}

/** The group's commit record is on disk: its members have succeeded from now on. */
export function commitGroup(farm: Farm, id: GroupId): void {
  const group = farm.groups.get(id);
  if (group?.phase.type !== 'committing') return;
  closeGroup(farm, group);
  for (const { step } of group.members) {
    if (step.phase.type !== 'held' || step.phase.made === undefined) continue;
    const { attempt, builder, outputBytes } = step.phase.made;
    step.outputs = madeAt(builder, outputBytes);
    endStep(farm, step, { type: 'succeeded', builder: builder.offer.name, attempt });
  }
}

/** A record of the group could not be written, so the group is lost. */
export function failToCommit(farm: Farm, id: GroupId, reason: string): void {
  const group = farm.groups.get(id);
  if (group?.phase.type === 'committing' || group?.phase.type === 'running')
    loseGroup(farm, group, reason, undefined);
}
