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
  /** The most urgent of the members, when it was lined up last. */
  lead: Step;
  /** Tells when it has waited for long, and for too long; of the wait at hand. */
  watches: GroupWatches;
  /** Whether it has waited for so long that slots are kept free for it. */
  hasAged: boolean;
  /** Whether the builders at work could hold it; asked for again when they are others. */
  outlook: GroupOutlook | undefined;
}

export interface Member {
  readonly step: Step;
  /** Only these may have it; undefined: all that fit. */
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
  /** Its members have slots, and are got ready: it may yet go back into line. */
  | { readonly type: 'starting' }
  | { readonly type: 'running' }
  /** All members have succeeded, which is being written down. */
  | { readonly type: 'committing' }
  /** What becomes of it is known; some attempts are still being stopped. */
  | { readonly type: 'ending'; readonly verdict: Verdict }
  | { readonly type: 'over' };

/** Why a group ends without having succeeded. */
export interface Verdict {
  /** The member that failed by itself, if one did, with what it did. */
  readonly cause: { readonly step: Step; readonly result: StepResult } | undefined;
  /** For all others. */
  readonly result: StepResult;
}

/** What a member made, which counts for nothing until all have. */
export interface Made {
  readonly attempt: AttemptId;
  readonly builder: Builder;
  readonly outputBytes: number | undefined;
}

/** What the builders at work could do for a group, were they idle. */
export interface GroupOutlook {
  /** The farm's builders as they were then. */
  readonly version: number;
  /**
   * Whether they could hold it: `strict` when no member goes back to who lost it and nobody gets more than
   * probation allows, `lax` when that cannot be, undefined when they could not.
   */
  readonly manner: Manner | undefined;
}

export type Manner = 'strict' | 'lax';

/** Groups in line for one run that ask for the same, the most urgent first. */
export interface GroupLine {
  readonly key: string;
  readonly run: Run;
  readonly groups: PriorityQueue<Group>;
  /** How much room the farm had found when the first of them could not be held; undefined: not tried. */
  triedAt: number | undefined;
}

/** Slots and units that builders keep free for a group that has waited for long. */
export interface Keeping {
  readonly group: Group;
  /** What each builder keeps of those where members are to go. */
  readonly shares: ReadonlyMap<Builder, Capacity>;
  /** What was let in meanwhile, since it is short. */
  readonly fillers: Set<Attempt>;
  /** The farm's builders and its room when these shares were chosen. */
  readonly builderVersion: number;
  readonly roomVersion: number;
}

/** Whether the step starts and ends with a group, of which it is not known yet what becomes of it. */
export function isMember({ group }: Step): boolean {
  return group !== undefined && group.phase.type !== 'over';
}

/** Whether it has yet to be given its slots. */
export function isWaiting({ phase: { type } }: Group): boolean {
  return type === 'forming' || type === 'in-line';
}

/** Which builders its group's terms allow the step to have; all of them, where it is in none. */
export function isOpenTo({ group, id }: Step): (builder: Builder) => boolean {
  const builders = group?.members.find(({ step }) => step.id === id)?.builders;
  return ({ offer }) => builders === undefined || builders.has(offer.name);
}
