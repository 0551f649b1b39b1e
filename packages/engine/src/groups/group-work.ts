import type { MarkedGroup } from '@dispatch/graph/groups/group';
import type { GroupRequest } from '@dispatch/scheduler/event';
import type { GroupPolicy } from './group-policy.ts';

/** A group that has to be built, and how. */
export interface GroupWork {
  readonly marked: MarkedGroup;
  readonly policy: GroupPolicy;
  /** As the scheduler takes it. */
  readonly request: GroupRequest;
  /** Carried out to learn something: what it makes is nobody's result. */
  readonly isTrial: boolean;
}
