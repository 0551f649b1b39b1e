import type { BuildStatus } from '@dispatch/nix/build-result';
import type { AttemptId, BuilderName, StepId } from './event.ts';

/** What became of a step. */
export type StepResult =
  | { readonly type: 'succeeded'; readonly builder: BuilderName; readonly attempt: AttemptId }
  /** Its outputs existed when the run was added; `at` are the builders that held them. */
  | { readonly type: 'present'; readonly at: readonly BuilderName[] }
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
  | { readonly type: 'cancelled'; readonly because: CancelReason };

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
  return result.type === 'succeeded' || result.type === 'present';
}
