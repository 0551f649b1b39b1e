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
  /** Never tried, since its direct or indirect dependency `cause` has not succeeded. */
  | { readonly type: 'dependency-failed'; readonly cause: StepId }
  /** Every attempt was lost; `faults` has the oldest first. Says nothing about the derivation. */
  | { readonly type: 'faults-exhausted'; readonly faults: readonly Fault[] }
  /** No builder can run it; one entry for each builder of the farm. */
  | { readonly type: 'unsupported'; readonly obstacles: readonly BuilderObstacles[] }
  /** Another member of its group failed (`cause`), so its own result counts for nothing. */
  | {
      readonly type: 'group-failed';
      readonly group: GroupId;
      readonly cause: StepId;
      readonly reason: string;
    }
  /**
   * A member of a group that was lost to infrastructure, of `builder` where one is to blame. Says
   * nothing about the derivations, and the group may be tried again under another mark. Does not
   * stop its run.
   */
  | {
      readonly type: 'group-lost';
      readonly group: GroupId;
      readonly reason: string;
      readonly builder: BuilderName | undefined;
    }
  /** A member of a group that the farm could not hold at once even if it were idle. */
  | { readonly type: 'group-unfit'; readonly group: GroupId; readonly misfit: GroupMisfit }
  /** A member of a group that did not get its slots within the time it may wait. */
  | { readonly type: 'group-timeout'; readonly group: GroupId; readonly queueMs: number }
  | { readonly type: 'cancelled'; readonly because: CancelReason };

/** Why a farm cannot hold all members of a group at once. */
export type GroupMisfit =
  /** No builder can run this member; one entry for each builder that cannot. */
  | {
      readonly type: 'member';
      readonly step: StepId;
      /** The builders that its policy confines it to; then there are entries only for these. */
      readonly builders: readonly BuilderName[] | undefined;
      readonly obstacles: readonly BuilderObstacles[];
    }
  /**
   * Each of these members has builders that could run it, but together these have too few places.
   */
  | {
      readonly type: 'places';
      readonly steps: readonly StepId[];
      readonly places: readonly MemberPlaces[];
      /** Whether they must be on different machines (`distinct`) or on one (`same`). */
      readonly hosts: 'any' | 'distinct' | 'same';
    };

/** How many of these members one builder could run at once. */
export interface MemberPlaces {
  readonly builder: BuilderName;
  readonly count: number;
  /** The resource that limits the count; undefined where slots do. */
  readonly resource: string | undefined;
}

/** An attempt that ended without telling anything about the derivation. */
export interface Fault {
  readonly attempt: AttemptId;
  readonly builder: BuilderName;
  readonly reason: string;
  /** Why it counts less against the step; undefined when it counts in full. */
  readonly excuse?: FaultExcuse | undefined;
}

/**
 * `source`: the store that inputs came from had failed. `suspect-builder`: the builder was under
 * suspicion already, and another may do better.
 */
export type FaultExcuse = 'source' | 'suspect-builder';

/** Why one builder does not take a step; never empty. */
export interface BuilderObstacles {
  readonly builder: BuilderName;
  readonly obstacles: readonly Obstacle[];
}

export type Obstacle =
  | { readonly type: 'system'; readonly wanted: string; readonly offered: readonly string[] }
  /** Features that the step requires and the builder lacks. */
  | { readonly type: 'missing-features'; readonly features: readonly string[] }
  /** Features that the builder insists on and the step does not require. */
  | { readonly type: 'mandatory-features'; readonly features: readonly string[] }
  | { readonly type: 'no-slots' }
  | { readonly type: 'down'; readonly reason: string }
  | { readonly type: 'quarantined'; readonly reason: string }
  | { readonly type: 'draining' };

/** Somebody cancelled the run, or a step of it failed without `keepGoing`. */
export type CancelReason = 'run-cancelled' | 'run-failed';

/** Whether the step's outputs exist after this result. */
export function isGood(result: StepResult): boolean {
  return result.type === 'succeeded';
}
