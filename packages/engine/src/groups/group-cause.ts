import type { AttemptOutcome } from '@dispatch/scheduler/event';
import { exitText } from '../report/exit-text.ts';
import type { Member } from './member.ts';

/** What put an end to an attempt of a group. */
export interface GroupCause {
  /** A member did not do it; the machines' fault; or nobody wants it any longer. */
  readonly type: 'failed' | 'lost' | 'cancelled';
  /** Whose end it was; undefined for what was no member's. */
  readonly member: Member | undefined;
  readonly reason: string;
  /** Nothing was tried: another attempt has had its mark since it was planned. */
  readonly isTaken?: boolean | undefined;
}

/** The cause that the end of a member is; its stopping alone is none of its own. */
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
