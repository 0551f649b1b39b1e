import type * as z from 'zod';
import { LedgerError } from './errors.ts';
import type { GroupAttempt, GroupEnding } from './group-attempt.ts';
import {
  attemptHeadSchema,
  groupAttemptSchema,
  groupEndingSchema,
  longestReason,
} from './group-schema.ts';
import type { AttemptHead } from './stored-values.ts';

/** Checks that an attempt may begin, and returns it. Throws `bad-attempt`. */
export function checkedAttempt(attempt: GroupAttempt): GroupAttempt {
  const checked = groupAttemptSchema.safeParse(attempt);
  if (checked.success) return checked.data;
  throw badAttempt(attempt.name, faultOf(checked.error));
}

/**
 * Checks that an attempt may end so, and returns the ending as it is stored. Throws `bad-attempt`.
 */
export function checkedEnding(attempt: GroupAttempt, ending: GroupEnding): GroupEnding {
  const checked = groupEndingSchema.safeParse(withShortReason(ending));
  const fault = checked.success ? misfit(attempt, checked.data) : faultOf(checked.error);
  if (checked.success && fault === undefined) return checked.data;
  throw badAttempt(attempt.name, fault ?? 'it is wrong');
}

/** Checks that what was stored is the head of an attempt, and returns it. Throws `corrupt`. */
export function readHead(stored: unknown): AttemptHead {
  const checked = attemptHeadSchema.safeParse(stored);
  if (checked.success) return checked.data;
  throw corruptAttempt(faultOf(checked.error));
}

/** Checks that what was stored is the attempt of this head, and returns it. Throws `corrupt`. */
export function readAttempt(head: AttemptHead, stored: unknown): GroupAttempt {
  const checked = groupAttemptSchema.safeParse(stored);
  if (!checked.success) throw corruptAttempt(faultOf(checked.error));
  if (isOf(head, checked.data)) return checked.data;
  throw corruptAttempt('it stands under the head of another');
}

/**
 * Checks that a stored ending is possible for the attempt and agrees with its head, and returns it;
 * undefined where neither says that the attempt ended. Throws `corrupt`.
 */
export function readEnding(
  head: AttemptHead,
  attempt: GroupAttempt,
  stored: unknown,
): GroupEnding | undefined {
  if (stored === undefined && head.ended === undefined) return undefined;
  const checked = groupEndingSchema.safeParse(stored);
  if (!checked.success) throw corruptAttempt(faultOf(checked.error));
  const fault = misfit(attempt, checked.data);
  if (fault !== undefined) throw corruptAttempt(fault);
  if (checked.data.type === head.ended) return checked.data;
  throw corruptAttempt('its head tells of another end');
}

function isOf(head: AttemptHead, attempt: GroupAttempt): boolean {
  const { key, mark, id, name, isTrial } = attempt;
  return (
    head.key === key &&
    head.mark === mark &&
    head.id === id &&
    head.name === name &&
    head.isTrial === isTrial
  );
}

/**
 * Why an ending does not fit its attempt, or undefined. Half a success is none: a commit names
 * every member, each succeeded, and every output.
 */
function misfit({ members }: GroupAttempt, ending: GroupEnding): string | undefined {
  const names = new Set(members.map((member) => member.name));
  const stranger = ending.members.find((member) => !names.has(member.name));
  if (stranger !== undefined)
    return `it ends a member ${JSON.stringify(stranger.name)} that it does not have`;
  if (ending.type !== 'committed') return undefined;
  const succeeded = ending.members.filter((member) => member.outcome === 'succeeded');
  const lacking = lackOf(
    names,
    succeeded.map((member) => member.name),
  );
  if (lacking !== undefined) return `it is committed without the success of ${lacking}`;
  const wanted = members.flatMap(({ outputs }) => outputs.map(({ path }) => path));
  const missing = lackOf(
    new Set<string>(wanted),
    ending.outputs.map(({ path }) => path),
  );
  return missing === undefined ? undefined : `it is committed without the output ${missing}`;
}

function lackOf(wanted: ReadonlySet<string>, given: readonly string[]): string | undefined {
  return [...wanted].find((each) => !given.includes(each));
}

function withShortReason(ending: GroupEnding): GroupEnding {
  if (ending.type === 'committed') return ending;
  const reason = ending.cause.reason.slice(0, longestReason);
  return { ...ending, cause: { ...ending.cause, reason } };
}

function faultOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const at = (issue?.path ?? []).map(String).join('.');
  return `${at === '' ? 'it' : `its ${at}`}: ${issue?.message ?? 'is wrong'}`;
}

function badAttempt(name: string, fault: string): LedgerError {
  const group = JSON.stringify(name);
  return new LedgerError('bad-attempt', `nothing was recorded of the group ${group}: ${fault}`);
}

function corruptAttempt(fault: string): LedgerError {
  return new LedgerError(
    'corrupt',
    `the ledger holds a damaged record of a group's attempt: ${fault}`,
  );
}
