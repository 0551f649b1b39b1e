import type { PlannedMember } from '@dispatch/engine/events';
import type { EndedGroup, Trial } from './trial.ts';

/** How often something happened. */
export interface Tally {
  /** It succeeded, whatever became of its group. */
  passed: number;
  failed: number;
  /** It was stopped because another failed or was lost, which says nothing of it. */
  stopped: number;
  /** It was lost with its machine. */
  lost: number;
}

/** What became of one member on one machine. */
export interface MemberTally extends Tally {
  readonly group: string;
  readonly member: string;
  readonly builder: string;
}

/** What became of all members on one machine. */
export interface BuilderTally extends Tally {
  readonly builder: string;
}

/** One tally for each member on each machine, sorted by group and member. */
export function tallyMembers(trials: readonly Trial[]): MemberTally[] {
  const tallies = new Map<string, MemberTally>();
  for (const attempt of trials.flatMap(({ attempts }) => attempts)) {
    for (const member of attempt.planned.members) countMember(tallies, attempt, member);
  }
  return [...tallies.values()].toSorted((a, b) => compare(nameOf(a), nameOf(b)));
}

/** The same summed up for each machine. */
export function tallyBuilders(members: readonly MemberTally[]): BuilderTally[] {
  const tallies = new Map<string, BuilderTally>();
  for (const { builder, passed, failed, stopped, lost } of members) {
    const tally = tallies.get(builder) ?? { builder, ...nothing };
    tallies.set(builder, {
      builder,
      passed: tally.passed + passed,
      failed: tally.failed + failed,
      stopped: tally.stopped + stopped,
      lost: tally.lost + lost,
    });
  }
  return [...tallies.values()];
}

const nothing: Tally = { passed: 0, failed: 0, stopped: 0, lost: 0 };

function countMember(
  tallies: Map<string, MemberTally>,
  { planned, places, ended }: EndedGroup,
  { name: member }: PlannedMember,
): void {
  const builder = places.find((place) => place.member === member)?.builder;
  const outcome = ended.members.find(({ name }) => name === member)?.outcome;
  if (builder === undefined || outcome === undefined || outcome === 'never-started') return;
  const key = JSON.stringify([planned.name, member, builder]);
  const tally = tallies.get(key) ?? { group: planned.name, member, builder, ...nothing };
  tallies.set(key, tally);
  if (ended.outcome === 'lost' && ended.cause?.member === member) tally.lost += 1;
  else if (outcome === 'succeeded') tally.passed += 1;
  else tally[outcome] += 1;
}

function nameOf({ group, member }: MemberTally): string {
  return `${group} ${member}`;
}

function compare(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
