import type { AttemptMember, RecordedAttempt } from '@dispatch/ledger/group-attempt';

/** What `dispatch group status --json` says of an attempt; what is not known is undefined. */
export function attemptJson(attempt: RecordedAttempt): object {
  const { id, key, name, mark, isTrial, run, state, startedAt, ending } = attempt;
  const cause = ending === undefined || ending.type === 'committed' ? undefined : ending.cause;
  return {
    id,
    key,
    name,
    mark,
    trial: isTrial,
    run,
    state,
    startedAt,
    endedAt: ending?.endedAt,
    cause: cause && { member: cause.member, reason: cause.reason },
    logFile: attempt.logFile,
    members: attempt.members.map((member) => memberJson(member, attempt)),
  };
}

function memberJson(
  { name, role, original, rewritten, builder, outputs, logFile }: AttemptMember,
  { ending }: RecordedAttempt,
): object {
  const end = ending?.members.find((one) => one.name === name);
  return {
    name,
    role,
    original,
    drvPath: rewritten,
    outputs: Object.fromEntries(outputs.map((output) => [output.name, output.path])),
    builder,
    outcome: end?.outcome,
    durationMs: end?.durationMs,
    logFile,
  };
}
