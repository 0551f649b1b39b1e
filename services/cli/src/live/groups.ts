import type { GroupEnded, GroupEvent, GroupPlace, PlannedGroup } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import { causeText } from '../show/cause-text.ts';
import type { GroupStage, LiveGroup, LiveMember, LiveState, LiveStep } from './live-state.ts';
import { countWork, isOpen, move, moveBack } from './stage.ts';

/** Adds a planned group to the state, unless it is known or none of its members is still to be built. */
export function planGroup(
  state: LiveState,
  { group: path, name, key, id, members }: PlannedGroup,
  time: number,
): void {
  if (state.groups.has(path)) return;
  const known = members.flatMap((member): LiveMember[] => {
    const step = state.plan?.steps.get(member.step);
    return step === undefined ? [] : [{ name: member.name, step, builder: undefined }];
  });
  if (!known.some(({ step }) => isOpen(step))) return;
  const group: LiveGroup = {
    name,
    key,
    id,
    members: known,
    stage: 'waiting',
    since: time,
    cause: undefined,
  };
  for (const { step } of known) step.group = group;
  state.groups.set(path, group);
}

/** The state after an event that concerns a group as a whole. */
export function reduceGroup(
  state: LiveState,
  event: Exclude<GroupEvent, { type: 'group-call' }>,
  time: number,
): LiveState {
  const group = state.groups.get(event.group);
  if (group === undefined) return state;
  if (event.type === 'group-ended') return endGroup(state, event, group);
  group.stage = stages[event.type];
  // Stopping and committing follow the common start, and are timed from there.
  if (event.type !== 'group-stopping' && event.type !== 'group-committing') group.since = time;
  if (event.type === 'group-stopping') {
    group.cause = { member: event.cause.member, text: causeText(event.cause) };
  }
  if (event.type === 'group-reserved') place(group, event.places);
  if (event.type === 'group-requeued') {
    place(group, []);
    // Only the member that caused it has an event of its own.
    for (const { step } of group.members) moveBack(state, step);
  }
  return state;
}

function place(group: LiveGroup, places: readonly GroupPlace[]): void {
  const builders = new Map(places.map(({ member, builder }) => [member, builder]));
  for (const member of group.members) member.builder = builders.get(member.name);
}

const stages: Readonly<
  Record<Exclude<GroupEvent['type'], 'group-call' | 'group-ended'>, GroupStage>
> = {
  'group-reserved': 'staging',
  'group-started': 'running',
  'group-committing': 'committing',
  'group-stopping': 'stopping',
  'group-requeued': 'waiting',
};

function endGroup(
  state: LiveState,
  { group: path, outcome }: GroupEnded,
  group: LiveGroup,
): LiveState {
  state.groups.delete(path);
  if (outcome === 'lost') state.lostGroups.add(group.key);
  for (const { step } of group.members) step.group = undefined;
  return state;
}

/** The step of a group's member; undefined if either is unknown. */
export function memberStep(
  { groups }: LiveState,
  group: StorePath,
  name: string,
): LiveStep | undefined {
  return groups.get(group)?.members.find((member) => member.name === name)?.step;
}

/** Whether a group waits for nothing but its places. */
export function isForming({ stage, members }: LiveGroup): boolean {
  return stage === 'waiting' && members.every(({ step }) => step.waitsFor === 0);
}

/**
 * Removes what a plan replaces: of groups that it plans anew, since they or their coordinator were lost, the
 * members of the former attempt, and all that needs them.
 */
export function forgetLost(state: LiveState, groups: readonly PlannedGroup[]): void {
  const again = groups.filter(({ key }) => state.lostGroups.delete(key));
  const orphans = [...state.groups].filter(([path, { key }]) =>
    groups.some((planned) => planned.key === key && planned.group !== path),
  );
  for (const [path, { members }] of orphans) {
    state.groups.delete(path);
    for (const { step } of members) drop(state, step);
  }
  if (again.length + orphans.length === 0 || state.plan === undefined) return;
  const kept = [...state.plan.steps].filter(([, { stage }]) => stage !== 'dropped');
  state.plan = { steps: new Map(kept) };
  state.counts.dropped = 0;
}

function drop(state: LiveState, step: LiveStep): void {
  if (!isOpen(step)) return;
  countWork(state, step, -1);
  move(state, step, 'dropped');
  for (const dependant of step.dependants) drop(state, dependant);
}
