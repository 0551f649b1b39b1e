import type { AttemptId, BuilderName, GroupId, WatchId } from '../event.ts';
import type { Attempt, Builder, Run, Step } from '../farm.ts';
import type { PriorityQueue } from '../priority-queue.ts';
import type { StepResult } from '../result.ts';
import type { Bonds } from './bonds.ts';
import type { Capacity } from './capacity.ts';

/** Steps that start together, and succeed or fail as one. */
export interface Group extends Bonds {
  readonly id: GroupId;
  readonly order: number;
  readonly members: readonly Member[];
  readonly queueMs: number | undefined;
  phase: GroupPhase;
  /** The most urgent member when the group was last put into line. */
  lead: Step;
  /** The timers of the current wait: for getting slots kept free, and for giving up. */
  watches: GroupWatches;
  /** Whether it has waited for so long that slots may be kept free for it. */
  hasAged: boolean;
  /** Whether the builders at work could hold it; computed again when these have changed. */
  outlook: GroupOutlook | undefined;
}

export interface Member {
  readonly step: Step;
  /** The builders that may run it; undefined: all that fit. */
  readonly builders: ReadonlySet<BuilderName> | undefined;
}

export interface GroupWatches {
  readonly age: WatchId | undefined;
  readonly queue: WatchId | undefined;
}

export type GroupPhase =
  /** Some of its members cannot start yet. */
  | { readonly type: 'forming' }
  /** In line for each run that wants it. */
  | { readonly type: 'in-line'; readonly lines: readonly GroupLine[] }
  /** Its members have slots, and their inputs are being staged: it may yet go back into line. */
  | { readonly type: 'starting' }
  | { readonly type: 'running' }
  /** All members have succeeded, and the commit record is being written. */
  | { readonly type: 'committing' }
  /** Its outcome is known; some attempts are still being stopped. */
  | { readonly type: 'ending'; readonly verdict: Verdict }
  | { readonly type: 'over' };

/** Why a group ends without having succeeded. */
export interface Verdict {
  /** The member that failed by itself, with its result, if one did. */
  readonly cause: { readonly step: Step; readonly result: StepResult } | undefined;
  /** The result of all others. */
  readonly result: StepResult;
}

/** A member's outputs, which count for nothing until all members have succeeded. */
export interface Made {
  readonly attempt: AttemptId;
  readonly builder: Builder;
  readonly outputBytes: number | undefined;
}

/** What the builders at work could do for a group if they were idle. */
export interface GroupOutlook {
  /** The farm's `builderVersion` when this was computed. */
  readonly version: number;
  /**
   * `strict` when they can hold it without a member going back to a builder that lost it and
   * without anybody getting more than probation allows; `lax` when they can hold it only otherwise;
   * undefined when they cannot.
   */
  readonly manner: Manner | undefined;
}

export type Manner = 'strict' | 'lax';

/** Groups in line for one run that need the same, the most urgent first. */
export interface GroupLine {
  readonly key: string;
  readonly run: Run;
  readonly groups: PriorityQueue<Group>;
  /** The farm's `roomVersion` when its first group last found no seats; undefined: not tried. */
  triedAt: number | undefined;
}

/** Slots and units that builders keep free for a group that has waited for long. */
export interface Keeping {
  readonly group: Group;
  /** What each builder keeps that members are to go to. */
  readonly shares: ReadonlyMap<Builder, Capacity>;
  /** The attempts that were let in meanwhile, since they are short. */
  readonly fillers: Set<Attempt>;
  /** The farm's versions when these shares were chosen. */
  readonly builderVersion: number;
  readonly roomVersion: number;
}

/** Whether the step belongs to a group whose outcome is not known yet. */
export function isMember({ group }: Step): boolean {
  return group !== undefined && group.phase.type !== 'over';
}

/** Whether the group has not got its slots yet. */
export function isWaiting({ phase: { type } }: Group): boolean {
  return type === 'forming' || type === 'in-line';
}

/** Which builders the policy of its group allows for the step; all, where it is in no group. */
export function isOpenTo({ group, id }: Step): (builder: Builder) => boolean {
  const builders = group?.members.find(({ step }) => step.id === id)?.builders;
  return ({ offer }) => builders === undefined || builders.has(offer.name);
}
