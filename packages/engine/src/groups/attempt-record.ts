import type {
  AttemptMember,
  CommittedOutput,
  GroupCommit,
  GroupFailure,
  MemberEnding,
} from '@dispatch/ledger/group-attempt';
import type { GroupCause } from './group-cause.ts';
import type { Member } from './member.ts';

/** What the ledger records of a member before it starts. */
export function attemptMember({ variant, attempt, outputs }: Member): AttemptMember {
  return {
    name: variant.name,
    role: variant.role,
    original: variant.original,
    rewritten: variant.path,
    builder: attempt.builder.machine.uri,
    outputs,
    logFile: attempt.log.file,
  };
}

/** The commit record of members that all ended well; `startedAt` is a time of `performance.now`. */
export function commitRecord(members: readonly Member[], startedAt: number): GroupCommit {
  return {
    type: 'committed',
    endedAt: Date.now(),
    members: memberEndings(members, undefined, startedAt),
    outputs: members.flatMap(committedOutputs),
  };
}

/** The record of an attempt that did not succeed. */
export function failureRecord(
  cause: GroupCause,
  members: readonly Member[],
  startedAt: number | undefined,
): GroupFailure {
  const { type, member, reason } = cause;
  return {
    type,
    endedAt: Date.now(),
    cause: { member: member?.name, reason },
    members: memberEndings(members, cause, startedAt),
  };
}

/** What became of each member; `cause` is why the attempt ended, undefined if it was committed. */
export function memberEndings(
  members: readonly Member[],
  cause: GroupCause | undefined,
  startedAt: number | undefined,
): MemberEnding[] {
  const failed = cause?.type === 'failed' ? cause.member : undefined;
  return members.map((member) => memberEnding(member, failed, startedAt));
}

function memberEnding(
  member: Member,
  failed: Member | undefined,
  startedAt: number | undefined,
): MemberEnding {
  const { name, endedAt } = member;
  if (startedAt === undefined) return { name, outcome: 'never-started' };
  const outcome = member === failed ? 'failed' : member.isDone ? 'succeeded' : 'stopped';
  const durationMs = endedAt === undefined ? undefined : Math.max(0, endedAt - startedAt);
  return {
    name,
    outcome,
    durationMs: durationMs === undefined ? undefined : Math.round(durationMs),
  };
}

function committedOutputs({ made }: Member): CommittedOutput[] {
  return (made?.infos ?? []).map(({ path, narHash, narSize }) => ({ path, narHash, narSize }));
}
