import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';

/**
 * A step's identity: the path of its rewritten derivation, so that two runs that want it share it.
 */
export type StepId = StorePath;

/** Chosen by the caller that adds the run, and unique among the runs that have not ended. */
export type RunId = string;

/** Chosen by the caller that adds the builder, and unique among the builders of the farm. */
export type BuilderName = string;

/** Counts attempts from 1 over the life of a state; never used twice. */
export type AttemptId = number;

/**
 * A group's identity: the path of its first member's rewritten derivation, since several joins may
 * join the same members.
 */
export type GroupId = StorePath;

/** Counts requests for a timer (`watch-slots`, `watch-group`) from 1. */
export type WatchId = number;

/** One derivation of a run, as `run-added` describes it. */
export interface StepRequest {
  readonly id: StepId;
  /** As in the derivation, such as `x86_64-linux`; `builtin` fits every builder. */
  readonly system: string;
  /** Its `requiredSystemFeatures`. */
  readonly requiredFeatures: readonly string[];
  /** Steps of the same run whose outputs are its inputs. */
  readonly dependencies: readonly StepId[];
  /** Expected duration in milliseconds, such as that of the last build; undefined when unknown. */
  readonly weight: number | undefined;
  /** Its other inputs, which exist already, if some builders have them and others do not. */
  readonly present?: readonly PresentInput[] | undefined;
}

/** An input that need not be built; where it lies counts for the placement of the step. */
export interface PresentInput {
  readonly path: StorePath;
  readonly bytes: number;
  readonly heldBy: readonly BuilderName[];
}

/** Steps that start together and succeed or fail as one, as `run-added` describes them. */
export interface GroupRequest {
  /** Unique among all groups, whichever run wants them. */
  readonly id: GroupId;
  readonly members: readonly MemberRequest[];
  /** Steps of the group that must be on different machines, pairwise. */
  readonly apart: readonly (readonly StepId[])[];
  /** Sets of steps that must be on one machine each. */
  readonly together: readonly (readonly StepId[])[];
  /** Milliseconds that it may wait for its slots once all its inputs exist; undefined: for ever. */
  readonly queueMs: number | undefined;
}

/** One step of a group. */
export interface MemberRequest {
  readonly step: StepId;
  /** The builders that may run it; undefined: any that fits. */
  readonly builders: readonly BuilderName[] | undefined;
}

/** What a builder builds, with the meanings that Nix's machines file gives to these words. */
export interface Capability {
  readonly systems: readonly string[];
  /** Relative to other builders; above 0. */
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  /** It takes only steps that require all of these features. */
  readonly mandatoryFeatures: readonly string[];
}

/** What a builder offers. */
export interface BuilderOffer extends Capability {
  readonly name: BuilderName;
  /** Builds that it may run at a time; with 0 it never gets any. */
  readonly slots: number;
  /** Further capabilities in the same slots, such as another system at another speed. */
  readonly alsoOffers?: readonly Capability[] | undefined;
  /** It is only used for steps that no other builder has a free slot for. */
  readonly isReserve?: boolean;
  /**
   * The numbers of countable things that it has, such as boards and licences: a step that requires
   * a feature of this name takes one unit while it runs. All its lines share them.
   */
  readonly resources?: Readonly<Record<string, number>> | undefined;
}

/** How an attempt ended. */
export type AttemptOutcome =
  /** The outputs are on the builder; their size, where known, counts for placement. */
  | { readonly type: 'succeeded'; readonly outputBytes?: number | undefined }
  /**
   * The builder did its work and the derivation does not build: trying again would prove nothing.
   */
  | { readonly type: 'failed'; readonly status: BuildStatus; readonly message: string }
  /**
   * Nothing was learnt about the derivation (a broken link, a refusal, a full disk): try elsewhere.
   */
  | {
      readonly type: 'infrastructure-fault';
      readonly reason: string;
      /**
       * The store that failed while inputs were read from it: then nothing was learnt about the
       * builder either, and it may get the step again.
       */
      readonly source?: string | undefined;
    }
  /**
   * It could not begin, since inputs were lost where they lay: the fault is neither its builder's
   * nor its own. The sender of this outcome must see to it that it cannot recur for ever.
   */
  | { readonly type: 'inputs-lost'; readonly reason: string }
  /** It was stopped, in answer to `cancel-attempt`. */
  | { readonly type: 'stopped' };

/**
 * All that can happen to the scheduler.
 *
 * Events about something that is no longer there (an attempt or a run that has ended, a builder
 * that was removed) change nothing: they were on their way when it ended.
 */
export type SchedulerEvent =
  /**
   * A new run. `steps` has each step once, and every dependency that a step names; outputs that
   * exist already are left out. The members of groups are among the steps. Throws `duplicate-run`,
   * `duplicate-step`, `unknown-dependency`, `dependency-cycle`, `bad-weight`, `bad-priority` or
   * `bad-group`.
   */
  | {
      readonly type: 'run-added';
      readonly run: RunId;
      /** As `--keep-going`: a failure stops only what depends on it, not the whole run. */
      readonly keepGoing: boolean;
      /**
       * Of runs that want the same slot, the one with the highest priority gets it; 0 by default.
       */
      readonly priority?: number | undefined;
      readonly steps: readonly StepRequest[];
      readonly groups?: readonly GroupRequest[] | undefined;
    }
  | { readonly type: 'run-cancelled'; readonly run: RunId }
  /**
   * A new builder, reachable unless `fault` is given. Throws `duplicate-builder` or `bad-builder`.
   */
  | {
      readonly type: 'builder-added';
      readonly builder: BuilderOffer;
      /**
       * Why it does not answer: it is down from the beginning and called again, but nothing waits
       * for it.
       */
      readonly fault?: string | undefined;
    }
  /** Its offer has changed; its attempts go on. Throws `bad-builder`. */
  | { readonly type: 'builder-changed'; readonly builder: BuilderOffer }
  /** It answers. */
  | { readonly type: 'builder-up'; readonly builder: BuilderName }
  /** It is unreachable: its attempts are lost, and it gets none until `builder-up`. */
  | { readonly type: 'builder-down'; readonly builder: BuilderName; readonly reason: string }
  /** Somebody takes it out of use: it finishes its attempts and gets no more. */
  | { readonly type: 'builder-draining'; readonly builder: BuilderName }
  /** The same, but its attempts are stopped, and their steps go elsewhere. */
  | { readonly type: 'builder-skipped'; readonly builder: BuilderName }
  /** It is in use again, and its earlier faults are forgiven. */
  | { readonly type: 'builder-resumed'; readonly builder: BuilderName }
  /** It will not come back: its attempts are lost, and steps that only it could run fail. */
  | { readonly type: 'builder-removed'; readonly builder: BuilderName; readonly reason: string }
  /**
   * The store that inputs come from and results go to cannot be reached; nothing starts meanwhile.
   */
  | { readonly type: 'hub-down'; readonly reason: string }
  | { readonly type: 'hub-up' }
  /**
   * The step's outputs are gone: a run that is added from now on builds it again. Runs that already
   * rely on it must help themselves.
   */
  | { readonly type: 'step-lost'; readonly step: StepId }
  /** The time that `rest-step` asked for has passed. */
  | { readonly type: 'step-rested'; readonly step: StepId }
  /** What `restore-inputs` asked for is over; `fault` says why it failed, if it did. */
  | { readonly type: 'inputs-restored'; readonly step: StepId; readonly fault?: string | undefined }
  /** The time that `watch-slots` asked for has passed. */
  | { readonly type: 'watch-ended'; readonly watch: WatchId }
  | {
      readonly type: 'attempt-ended';
      readonly attempt: AttemptId;
      readonly outcome: AttemptOutcome;
    }
  /**
   * Answers `start-group`: the inputs of the group are staged on all machines, and its builds
   * begin. From now on it is not put back into line: an attempt that ends without success ends the
   * group.
   */
  | { readonly type: 'group-started'; readonly group: GroupId }
  /**
   * Answers `commit-group`: the commit record is on disk; from now on its members' results count.
   */
  | { readonly type: 'group-committed'; readonly group: GroupId }
  /**
   * Answers `commit-group`, or follows `group-started`: the commit record, or the record of the
   * group's beginning, could not be written, and the group is lost.
   */
  | { readonly type: 'group-uncommitted'; readonly group: GroupId; readonly reason: string }
  /** The time that `watch-group` asked for has passed. */
  | { readonly type: 'group-waited'; readonly group: GroupId; readonly watch: WatchId };
