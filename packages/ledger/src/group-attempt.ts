import type { StorePath } from '@dispatch/nix/store-path';

/** One attempt at a group, as it is known when its members are about to start. */
export interface GroupAttempt {
  /** The combination of members, whatever the attempt: 64 hex digits. */
  readonly key: string;
  /** Tells the attempts of one combination apart. */
  readonly mark: string;
  /** What the members have as `dispatchGroupId`. */
  readonly id: string;
  readonly name: string;
  /** The run that carries it out. */
  readonly run: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Whether it is only made to learn something: its outputs are nobody's result. */
  readonly isTrial: boolean;
  /** The members that take part, optional ones too; each name once. */
  readonly members: readonly AttemptMember[];
  /** Absolute path of the log of the calls and lines of all members, where one is kept. */
  readonly logFile?: string | undefined;
}

/** A member in an attempt. */
export interface AttemptMember {
  /** Its role, or `role.1`, `role.2`… where the role has several members. */
  readonly name: string;
  readonly role: string;
  /** The original .drv path. */
  readonly original: StorePath;
  /** The .drv path with the group's id in it. */
  readonly rewritten: StorePath;
  /** The machine's name. */
  readonly builder: string;
  readonly outputs: readonly { readonly name: string; readonly path: StorePath }[];
  /** Absolute path of its build log, where one is kept. */
  readonly logFile?: string | undefined;
}

/** How an attempt ended. Only a commit counts; a failure merely tells what happened. */
export type GroupEnding = GroupCommit | GroupFailure;

/** The commit record: every member succeeded in this one attempt. */
export interface GroupCommit {
  readonly type: 'committed';
  /** Unix milliseconds. */
  readonly endedAt: number;
  /** Every member of the attempt, each `succeeded`. */
  readonly members: readonly MemberEnding[];
  /** Every output of every member, as its builder had it. */
  readonly outputs: readonly CommittedOutput[];
}

export interface CommittedOutput {
  readonly path: StorePath;
  /** SHA-256 of the archive in 64 hex digits. */
  readonly narHash: string;
  readonly narSize: number;
}

/** `failed`: a member did. `lost`: the machines' fault. `cancelled`: nobody wanted it any more. */
export interface GroupFailure {
  readonly type: 'failed' | 'lost' | 'cancelled';
  /** Unix milliseconds. */
  readonly endedAt: number;
  /** What went wrong first; `member` is undefined when it was no member that did. */
  readonly cause: { readonly member?: string | undefined; readonly reason: string };
  readonly members: readonly MemberEnding[];
}

/** What became of a member; `stopped` is a consequence of the cause, never a verdict on the member. */
export interface MemberEnding {
  readonly name: string;
  readonly outcome: 'succeeded' | 'failed' | 'stopped' | 'never-started';
  /** From its start to its end; undefined when it never started. */
  readonly durationMs?: number | undefined;
}

/** Where an attempt stands: `interrupted` when its process went away without ending it. */
export type AttemptState = GroupEnding['type'] | 'running' | 'interrupted';

/** An attempt with what became of it. */
export interface RecordedAttempt extends GroupAttempt {
  readonly state: AttemptState;
  /** Undefined while it runs, and for ever where it was interrupted. */
  readonly ending: GroupEnding | undefined;
}
