import type { RendezvousLimits } from '../limits.ts';
import type { RendezvousMember } from '../options.ts';
import { Barriers } from './barriers.ts';
import type { Payload } from './call.ts';
import { areSameBytes, areSamePayloads } from './contents.ts';
import { Noticeboard } from './noticeboard.ts';
import { Roster } from './roster.ts';

/** What members may learn about their group. */
export interface MeetingFacts {
  readonly group: string;
  readonly id: string;
  readonly attempt: string;
  readonly members: readonly RendezvousMember[];
  readonly barrierMs: number;
}

/** Why the group has failed, and through which member, if through one. */
export interface Failure {
  readonly member: string | undefined;
  readonly reason: string;
}

/** The state that calls change and read. */
export interface MeetingState {
  readonly facts: MeetingFacts;
  readonly roster: Roster;
  readonly messages: Noticeboard<Payload>;
  readonly files: Noticeboard<Uint8Array>;
  readonly barriers: Barriers;
  /** Members that have come to the commit barrier or ended well: they say nothing more. */
  readonly left: Set<string>;
  failure: Failure | undefined;
}

/** The state before anybody has said anything. Throws `bad-member`. */
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
