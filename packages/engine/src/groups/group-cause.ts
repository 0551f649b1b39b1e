import type { AttemptOutcome } from '@dispatch/scheduler/event';
import { exitText } from '../report/exit-text.ts';
import type { Member } from './member.ts';

/** Why an attempt of a group did not succeed. */
export interface GroupCause {
  /** A member failed; the machines are at fault; or nobody wants it any longer. */
  readonly type: 'failed' | 'lost' | 'cancelled';
  /** The member that caused it; undefined if none did. */
  readonly member: Member | undefined;
  readonly reason: string;
  /** Nothing was tried: another attempt has taken its mark since it was planned. */
  readonly isTaken?: boolean | undefined;
}

/** The cause that a member's end gives; a member that was merely stopped is no cause of its own. */
export function causeOf(member: Member, outcome: AttemptOutcome): GroupCause {
  switch (outcome.type) {
    case 'failed':
      return { type: 'failed', member, reason: exitText(outcome.message) };
    case 'infrastructure-fault':
    case 'inputs-lost':
      return { type: 'lost', member, reason: outcome.reason };
    case 'succeeded':
    case 'stopped':
    default:
      return cancelledGroup;
  }
}

export const cancelledGroup: GroupCause = {
  type: 'cancelled',
  member: undefined,
  reason: 'it was stopped',
};
