import type { BuildStatus } from '@dispatch/nix/build-result';
import type { AttemptId, BuilderName, GroupId, StepId } from './event.ts';

/** What became of a step. */
export type StepResult =
  | { readonly type: 'succeeded'; readonly builder: BuilderName; readonly attempt: AttemptId }
  /** The derivation does not build. */
  | {
      readonly type: 'failed';
      readonly builder: BuilderName;
      readonly attempt: AttemptId;
      readonly status: BuildStatus;
      readonly message: string;
    }
  /** Never tried, since `cause`, which it needs directly or indirectly, has not succeeded. */
  | { readonly type: 'dependency-failed'; readonly cause: StepId }
  /** Every attempt was lost; oldest first. Says nothing about the derivation. */
  | { readonly type: 'faults-exhausted'; readonly faults: readonly Fault[] }
  /** No builder can run it; one entry for each builder of the farm. */
  | { readonly type: 'unsupported'; readonly obstacles: readonly BuilderObstacles[] }
  /** Another member of its group failed (`cause`), and so it counts for nothing whatever it did. */
  | {
      readonly type: 'group-failed';
      readonly group: GroupId;
      readonly cause: StepId;
      readonly reason: string;
    }
  /**
   * A member of a group that infrastructure put an end to (`builder`'s, if it was one): says nothing about
   * the derivations, and may be tried again under another mark. Does not stop its run.
   */
  | {
      readonly type: 'group-lost';
      readonly group: GroupId;
      readonly reason: string;
      readonly builder: BuilderName | undefined;
    }
  /** A member of a group that the farm could not hold at once, be it idle. */
  | { readonly type: 'group-unfit'; readonly group: GroupId; readonly misfit: GroupMisfit }
  /** A member of a group that waited for its slots for as long as it may. */
  | { readonly type: 'group-timeout'; readonly group: GroupId; readonly queueMs: number }
  | { readonly type: 'cancelled'; readonly because: CancelReason };

/** Why a farm cannot hold all members of a group at once. */
export type GroupMisfit =
  /** No builder can have this member; one entry for each builder that does not take it as it is. */
  | {
      readonly type: 'member';
      readonly step: StepId;
      /** Those that it is confined to; the entries are theirs alone. */
      readonly builders: readonly BuilderName[] | undefined;
      readonly obstacles: readonly BuilderObstacles[];
    }
  /** Each of these has builders that could take it, but not all at once: between them they have too few places. */
  | {
      readonly type: 'places';
      readonly steps: readonly StepId[];
      readonly places: readonly MemberPlaces[];
      /** Whether they must be on different machines, or on one. */
      readonly hosts: 'any' | 'distinct' | 'same';
    };

/** How many of some members one builder could have at once. */
export interface MemberPlaces {
  readonly builder: BuilderName;
  readonly count: number;
  /** What there is too little of; undefined where that is slots. */
  readonly resource: string | undefined;
}

/** An attempt that ended without telling anything about the derivation. */
export interface Fault {
  readonly attempt: AttemptId;
  readonly builder: BuilderName;
  readonly reason: string;
  /** Why it hardly counts against the step; undefined when it does. */
  readonly excuse?: FaultExcuse | undefined;
}

/**
 * The store that inputs came from had failed; or the builder was under suspicion already, and another
 * may do better.
 */
export type FaultExcuse = 'source' | 'suspect-builder';

/** Why one builder does not take a step; never empty. */
export interface BuilderObstacles {
  readonly builder: BuilderName;
  readonly obstacles: readonly Obstacle[];
}

export type Obstacle =
  | { readonly type: 'system'; readonly wanted: string; readonly offered: readonly string[] }
  /** Features that the step requires and the builder has not. */
  | { readonly type: 'missing-features'; readonly features: readonly string[] }
  /** Features that the builder insists on and the step does not require. */
  | { readonly type: 'mandatory-features'; readonly features: readonly string[] }
  | { readonly type: 'no-slots' }
  | { readonly type: 'down'; readonly reason: string }
  | { readonly type: 'quarantined'; readonly reason: string }
  | { readonly type: 'draining' };

/** Somebody cancelled the run, or something in it failed and it is not to keep going. */
export type CancelReason = 'run-cancelled' | 'run-failed';

/** Whether the outputs exist after this. */
export function isGood(result: StepResult): boolean {
  return result.type === 'succeeded';
}
