import { existsSync } from 'node:fs';
import { firstMark } from '@dispatch/graph/groups/group';
import type { GroupFailure, RecordedAttempt } from '@dispatch/ledger/group-attempt';
import { age } from '../show/age.ts';
import { causeText } from '../show/cause-text.ts';
import { groupTitle, shortId } from '../show/group-title.ts';
import { shortMachineName } from '../show/machine-name.ts';
import { type MemberEnd, memberRows } from '../show/member-rows.ts';
import { duration, some } from '../show/quantities.ts';
import { table } from '../show/table.ts';
import { oneLine } from '../show/terminal.ts';
import { fitted } from '../show/text-width.ts';

/** Attempts as a person reads them: one a line. */
export function attemptTable(attempts: readonly RecordedAttempt[], now: number): string[] {
  if (attempts.length === 0) return ['no group was ever begun from here'];
  const rows = attempts.map((attempt) => [
    shortId(attempt),
    oneLine(attempt.name),
    stateText(attempt),
    age(attempt.startedAt, now),
    tookText(attempt),
    fitted(whyText(attempt), widestCause),
    some(attempt.members.map(placeText), mostMembers),
  ]);
  return table(['ATTEMPT', 'GROUP', 'STATE', 'BEGUN', 'TOOK', 'CAUSE', 'MEMBERS'], rows);
}

const mostMembers = 4;
const widestCause = 60;

function placeText({ name, builder }: RecordedAttempt['members'][number]): string {
  return oneLine(`${name} on ${shortMachineName(builder)}`);
}

function stateText({ state, isTrial }: RecordedAttempt): string {
  if (!isTrial) return state;
  return state === 'committed' ? 'passed (trial)' : `${state} (trial)`;
}

function tookText({ startedAt, ending }: RecordedAttempt): string {
  return ending === undefined ? '-' : duration(Math.max(0, ending.endedAt - startedAt));
}

function whyText(attempt: RecordedAttempt): string {
  const failure = failureOf(attempt);
  return failure === undefined ? '' : causeText(failure.cause);
}

function failureOf({ ending }: RecordedAttempt): GroupFailure | undefined {
  return ending === undefined || ending.type === 'committed' ? undefined : ending;
}

/** All that is known of one attempt. */
export function attemptLines(attempt: RecordedAttempt, now: number): string[] {
  const { id, mark, run, startedAt, isTrial } = attempt;
  const which = isTrial ? 'a trial' : mark === firstMark ? 'its first attempt' : 'a later attempt';
  const reason = whyText(attempt);
  const about = [
    `group ${groupTitle(attempt)}, ${which}, begun ${age(startedAt, now)}`,
    `${standingText(attempt)}${afterText(attempt)}${reason === '' ? '' : `: ${reason}`}`,
    ...memberRows(attempt.members.map((member) => memberEnd(member.name, attempt))),
    `id ${id}, of run ${run}`,
    ...attempt.members.map(({ name, rewritten }) => oneLine(`${name}: ${rewritten}`)),
    ...logLines(attempt),
  ];
  const [first = '', ...rest] = about;
  return [first, ...rest.map((line) => `  ${line}`)];
}

function standingText({ state, isTrial }: RecordedAttempt): string {
  const isNoMore = isTrial && state === 'committed';
  return isNoMore ? 'all members ended well' : standing[state];
}

const standing: Readonly<Record<RecordedAttempt['state'], string>> = {
  committed: 'it counts: all members ended well',
  failed: 'it failed',
  lost: 'it was lost, which says nothing of its members',
  cancelled: 'it was stopped, since nobody wanted it any more',
  running: 'it is under way',
  interrupted: 'whoever carried it out is gone; it counts for nothing',
};

function afterText(attempt: RecordedAttempt): string {
  return attempt.ending === undefined ? '' : ` after ${tookText(attempt)}`;
}

function memberEnd(name: string, attempt: RecordedAttempt): MemberEnd {
  const failure = failureOf(attempt);
  return {
    name,
    builder: attempt.members.find((member) => member.name === name)?.builder,
    part:
      failure === undefined ? undefined : failure.cause.member === name ? 'cause' : 'consequence',
    ending: attempt.ending?.members.find((member) => member.name === name),
  };
}

function logLines(attempt: RecordedAttempt): string[] {
  const { logFile } = attempt;
  if (logFile === undefined || !existsSync(logFile)) return ['its log is no longer kept'];
  return [`its log: dispatch group log ${shortId(attempt)}`];
}
