import type { RendezvousLimits } from '../limits.ts';
import type { RendezvousMember } from '../options.ts';
import { Barriers } from './barriers.ts';
import type { Payload } from './call.ts';
import { areSameBytes, areSamePayloads } from './contents.ts';
import { Noticeboard } from './noticeboard.ts';
import { Roster } from './roster.ts';

/** What a group is, as far as its members may ask. */
export interface MeetingFacts {
  readonly group: string;
  readonly id: string;
  readonly attempt: string;
  readonly members: readonly RendezvousMember[];
  readonly barrierMs: number;
}

/** Why the group has failed, and by which member if by one. */
export interface Failure {
  readonly member: string | undefined;
  readonly reason: string;
}

/** All that calls have changed, and may read. */
export interface MeetingState {
  readonly facts: MeetingFacts;
  readonly roster: Roster;
  readonly messages: Noticeboard<Payload>;
  readonly files: Noticeboard<Uint8Array>;
  readonly barriers: Barriers;
  /** Who has come to the commit barrier, or has ended well: they say nothing any more. */
  readonly left: Set<string>;
  failure: Failure | undefined;
}

/** Before anybody has said anything. Throws `bad-member`. */
export function emptyState(facts: MeetingFacts, limits: RendezvousLimits): MeetingState {
  const roster = new Roster(facts.members);
  const { messages, allMessageBytes, files, allFileBytes } = limits;
  return {
    facts,
    roster,
    messages: new Noticeboard({ entries: messages, bytes: allMessageBytes }, areSamePayloads),
    files: new Noticeboard({ entries: files, bytes: allFileBytes }, areSameBytes),
    barriers: new Barriers(roster.names, facts.barrierMs, limits.barriers),
    left: new Set(),
    failure: undefined,
  };
}
