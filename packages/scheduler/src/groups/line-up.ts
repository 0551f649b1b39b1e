import type { Farm, Run, Step } from '../farm.ts';
import { groupAgeMs } from '../patience.ts';
import { PriorityQueue } from '../priority-queue.ts';
import { compareUrgency } from '../ranking.ts';
import type { StepResult } from '../result.ts';
import { avoidedBuilders } from '../retry.ts';
import type { Group, GroupLine } from './group.ts';
import { stopKeeping } from './keep.ts';

/** Notes that a member is ready; its group goes into line when all are. */
export function gather(farm: Farm, step: Step): void {
  const { group } = step;
  step.phase = { type: 'gathered' };
  if (group?.phase.type !== 'forming') return;
  if (group.members.every(({ step: { phase } }) => phase.type === 'gathered')) lineUp(farm, group);
}

function lineUp(farm: Farm, group: Group): void {
  putIn(farm, group);
  group.watches = {
    age: group.hasAged ? undefined : watch(farm, group, groupAgeMs),
    queue: group.queueMs === undefined ? undefined : watch(farm, group, group.queueMs),
  };
}

function watch(farm: Farm, { id }: Group, afterMs: number): number {
  farm.lastWatch += 1;
  farm.commands.push({ type: 'watch-group', group: id, watch: farm.lastWatch, afterMs });
  return farm.lastWatch;
}

/** To be called when the runs that want its members, or a rank, have changed. */
export function lineUpAgain(farm: Farm, group: Group): void {
  if (group.phase.type !== 'in-line') return;
  takeOut(farm, group.phase.lines, group);
  putIn(farm, group);
}

/** Takes the group out of line, and stops keeping slots for it. */
export function leaveLine(farm: Farm, group: Group): void {
  if (group.phase.type !== 'in-line') return;
  takeOut(farm, group.phase.lines, group);
  if (farm.keeping?.group === group) stopKeeping(farm);
  group.phase = { type: 'forming' };
}

/** Nobody wants this member any longer; `settleGroups` later decides about its whole group. */
export function abandonGroup(farm: Farm, { group }: Step): void {
  if (group === undefined) return;
  leaveLine(farm, group);
  farm.unsettledGroups.set(group, undefined);
}

/** A dependency of the member has failed, which ends its group. */
export function blockGroup(farm: Farm, { group }: Step, result: StepResult): void {
  if (group !== undefined) farm.unsettledGroups.set(group, result);
}

function putIn(farm: Farm, group: Group): void {
  const steps = group.members.map(({ step }) => step);
  group.lead = steps.toSorted(compareUrgency)[0] ?? group.lead;
  group.outlook = undefined;
  const lines = group.lead.runs.map((run) => lineFor(farm, group, run));
  for (const { groups } of lines) groups.put(group);
  group.phase = { type: 'in-line', lines };
}

function takeOut(farm: Farm, lines: readonly GroupLine[], group: Group): void {
  for (const { key, groups } of lines) {
    groups.delete(group);
    if (groups.size === 0) farm.groupLines.delete(key);
  }
}

function lineFor(farm: Farm, group: Group, run: Run): GroupLine {
  const key = JSON.stringify([run.order, ...shapeOf(group)]);
  const known = farm.groupLines.get(key);
  if (known !== undefined) return known;
  const groups = new PriorityQueue<Group>((a, b) => compareUrgency(a.lead, b.lead));
  const line = { key, run, groups, triedAt: undefined };
  farm.groupLines.set(key, line);
  return line;
}

/**
 * What decides whether a group finds places: where one does not, no other of the same shape does.
 */
function shapeOf({ members, apart, together }: Group): readonly unknown[] {
  const wishes = members.map(({ step, builders }) => [
    step.demand.key,
    builders === undefined ? null : [...builders].toSorted(),
    [...avoidedBuilders(step.faults)],
  ]);
  return [wishes, apart, together];
}
