import type { Builder, Farm } from '../farm.ts';
import { compareTurns, type Turn } from '../turns.ts';
import { gapLength } from './gap.ts';
import type { Group, GroupLine } from './group.ts';
import { keepSlots } from './keep.ts';
import { servedRun } from './keeper.ts';
import { seatsNow } from './seats-now.ts';

/** A group's turn, with a builder for each of its members. */
export interface GroupTurn extends Turn {
  readonly group: Group;
  readonly builders: readonly Builder[];
}

/**
 * The first group in the order of turns whose members could all start at once. Of groups in line
 * for the same run that need the same, only the first is tried.
 */
export function nextGroup(farm: Farm): GroupTurn | undefined {
  if (farm.groupLines.size === 0) return undefined;
  keepSlots(farm);
  let best = keeperTurn(farm);
  for (const line of farm.groupLines.values()) {
    if (line.triedAt !== farm.roomVersion) best = firstTurn(farm, line, best) ?? best;
  }
  return best;
}

function keeperTurn(farm: Farm): GroupTurn | undefined {
  const group = farm.keeping?.group;
  return group && turnOf(group, servedRun(group), seatsNow(farm, group, true));
}

/**
 * The turn of a line's first group, unless it cannot start or the turn of `other` comes before it.
 */
function firstTurn(farm: Farm, line: GroupLine, other: Turn | undefined): GroupTurn | undefined {
  const { run, groups } = line;
  const group = groups.first();
  if (group === undefined || group === farm.keeping?.group) return undefined;
  if (other !== undefined && compareTurns(other, { run, step: group.lead }) <= 0) return undefined;
  const mayUseKept = outranksKeeper(farm, run.priority) || isShort(farm, group);
  const turn = turnOf(group, run, seatsNow(farm, group, mayUseKept));
  if (turn === undefined) line.triedAt = farm.roomVersion;
  return turn;
}

/** Whether it will be over before the awaited slots are free, like a step that fills a gap. */
function isShort({ keeping }: Farm, { members }: Group): boolean {
  if (keeping === undefined) return false;
  const gapMs = gapLength(keeping);
  return members.every(({ step }) => step.isWeightKnown && step.weight <= gapMs);
}

/** Whether a run may use kept slots, which are kept from the same and lower priorities only. */
export function outranksKeeper({ keeping }: Farm, priority: number): boolean {
  return keeping !== undefined && priority > servedRun(keeping.group).priority;
}

function turnOf(
  group: Group,
  run: Turn['run'],
  builders: readonly Builder[] | undefined,
): GroupTurn | undefined {
  return builders && { run, step: group.lead, group, builders };
}
