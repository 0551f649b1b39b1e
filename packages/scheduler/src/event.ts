import type { BuildStatus } from '@dispatch/nix/build-result';
import type { StorePath } from '@dispatch/nix/store-path';

/** Which step: the path of its rewritten derivation, so that two runs that want it share it. */
export type StepId = StorePath;

/** Chosen by whoever adds the run, and unique among the runs that have not ended. */
export type RunId = string;

/** Chosen by whoever adds the builder, and unique among the builders of the farm. */
export type BuilderName = string;

/** Counts attempts from 1 over the life of a state; never used twice. */
export type AttemptId = number;

/** Which group: the path of its first member's rewritten derivation, since several joins may join the same members. */
export type GroupId = StorePath;

/** Counts from 1 what was to be looked after later. */
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
  /**
   * How many milliseconds it is expected to take (as remembered of the last build, say); undefined when
   * nobody knows.
   */
  readonly weight: number | undefined;
  /** What else it needs, and is there already, as far as some builders have it and others do not. */
  readonly present?: readonly PresentInput[] | undefined;
}

/** An input that nothing has to be built for; where it lies counts for where the step goes. */
export interface PresentInput {
  readonly path: StorePath;
  readonly bytes: number;
  readonly heldBy: readonly BuilderName[];
}

/** Steps that start together and succeed or fail as one, as `run-added` describes them. */
export interface GroupRequest {
  /** A name that no other group has, whoever wants it. */
  readonly id: GroupId;
  readonly members: readonly MemberRequest[];
  /** Steps of the group that must be on different machines, pairwise. */
  readonly apart: readonly (readonly StepId[])[];
  /** Such that must be on one machine. */
  readonly together: readonly (readonly StepId[])[];
  /** So many milliseconds it may wait for its slots once all its inputs exist; undefined: for ever. */
  readonly queueMs: number | undefined;
}

/** One step of a group. */
export interface MemberRequest {
  readonly step: StepId;
  /** Only these may have it; undefined: any that fits. */
  readonly builders: readonly BuilderName[] | undefined;
}

/** What a builder builds, with the meanings that Nix's machines file gives to these words. */
export interface Capability {
  readonly systems: readonly string[];
  /** Relative to other builders; above 0. */
  readonly speedFactor: number;
  readonly supportedFeatures: readonly string[];
  /** It takes only steps that require all of these. */
  readonly mandatoryFeatures: readonly string[];
}

/** What a builder offers. */
export interface BuilderOffer extends Capability {
  readonly name: BuilderName;
  /** Builds that it may do at a time; with 0 it is never given any. */
  readonly slots: number;
  /** What else it builds in the same slots: for another system at another speed, say. */
  readonly alsoOffers?: readonly Capability[] | undefined;
  /** It takes only what no other has a free slot for. */
  readonly isReserve?: boolean;
  /**
   * What it has only so many of, such as boards and licences: a step that requires a feature of this
   * name takes one unit of it while it runs. All its lines share them.
   */
  readonly resources?: Readonly<Record<string, number>> | undefined;
}

/** How an attempt ended. */
export type AttemptOutcome =
  /** The outputs are on the builder; how large they are, when that is known, counts for placement. */
  | { readonly type: 'succeeded'; readonly outputBytes?: number | undefined }
  /** The builder did its work and the derivation does not build: trying again proves nothing. */
  | { readonly type: 'failed'; readonly status: BuildStatus; readonly message: string }
  /** Nothing was learnt about the derivation (a broken link, a refusal, no disk): try elsewhere. */
  | {
      readonly type: 'infrastructure-fault';
      readonly reason: string;
      /**
       * The store that its inputs were read from, when it was that which failed: then nothing was learnt
       * about its builder either, which may have the step again.
       */
      readonly source?: string | undefined;
    }
  /**
   * It could not begin, since what it needs was lost where it lay: neither its builder's fault nor its
   * own. Whoever says so sees to it that this cannot go on for ever.
   */
  | { readonly type: 'inputs-lost'; readonly reason: string }
  /** It was stopped, which answers `cancel-attempt`. */
  | { readonly type: 'stopped' };

/**
 * All that can happen to the scheduler.
 *
 * Events about what is no longer there (an attempt that ended already, a run that ended, a builder
 * that was removed) change nothing: they were on their way when it ended.
 */
export type SchedulerEvent =
  /**
   * `steps` names each step once and holds every dependency that it names; what is present already
   * is left out. The members of a group stand among the steps.
   * Throws `duplicate-run`, `duplicate-step`, `unknown-dependency`, `dependency-cycle`, `bad-weight`,
   * `bad-priority` or `bad-group`.
   */
  | {
      readonly type: 'run-added';
      readonly run: RunId;
      /** As `--keep-going`: a failure stops only what depends on it, not the whole run. */
      readonly keepGoing: boolean;
      /** Of runs that want the same slot, the one with the highest gets it; 0 when not given. */
      readonly priority?: number | undefined;
      readonly steps: readonly StepRequest[];
      readonly groups?: readonly GroupRequest[] | undefined;
    }
  | { readonly type: 'run-cancelled'; readonly run: RunId }
  /** A builder, believed to be reachable unless it is said not to be. Throws `duplicate-builder` or `bad-builder`. */
  | {
      readonly type: 'builder-added';
      readonly builder: BuilderOffer;
      /**
       * Given when it does not answer: it is down from the beginning. It is called again, but nothing
       * waits for it.
       */
      readonly fault?: string | undefined;
    }
  /** It offers something else from here on; what it runs goes on. Throws `bad-builder`. */
  | { readonly type: 'builder-changed'; readonly builder: BuilderOffer }
  /** It answers. */
  | { readonly type: 'builder-up'; readonly builder: BuilderName }
  /** It is unreachable: its attempts are lost, and it gets none until `builder-up`. */
  | { readonly type: 'builder-down'; readonly builder: BuilderName; readonly reason: string }
  /** Somebody takes it out of use: it finishes what it has and gets nothing more. */
  | { readonly type: 'builder-draining'; readonly builder: BuilderName }
  /** The same, but what it has is stopped there and goes elsewhere. */
  | { readonly type: 'builder-skipped'; readonly builder: BuilderName }
  /** It is in use again, and what it did before is forgiven. */
  | { readonly type: 'builder-resumed'; readonly builder: BuilderName }
  /** It will not come back: its attempts are lost, and steps that only it could run fail. */
  | { readonly type: 'builder-removed'; readonly builder: BuilderName; readonly reason: string }
  /** The store that inputs come from and results go to cannot be reached: nothing starts without it. */
  | { readonly type: 'hub-down'; readonly reason: string }
  | { readonly type: 'hub-up' }
  /**
   * What it made is gone: a run that is added from here on has it built again. Those that rely on it
   * already have to help themselves.
   */
  | { readonly type: 'step-lost'; readonly step: StepId }
  /** The time that `rest-step` asked for has passed. */
  | { readonly type: 'step-rested'; readonly step: StepId }
  /** What `restore-inputs` asked for is over; `fault` says why it was in vain, where it was. */
  | { readonly type: 'inputs-restored'; readonly step: StepId; readonly fault?: string | undefined }
  /** The time that `watch-slots` asked for has passed. */
  | { readonly type: 'watch-ended'; readonly watch: WatchId }
  | {
      readonly type: 'attempt-ended';
      readonly attempt: AttemptId;
      readonly outcome: AttemptOutcome;
    }
  /**
   * What `start-group` asked for is staged on all machines, and builds begin: the group is not put back
   * into line any longer. Whatever ends an attempt from here on ends the group.
   */
  | { readonly type: 'group-started'; readonly group: GroupId }
  /** What `commit-group` asked for is on disk: its members count from here on. */
  | { readonly type: 'group-committed'; readonly group: GroupId }
  /** It could not be, or that the group begins could not be written after `group-started`: the group is lost. */
  | { readonly type: 'group-uncommitted'; readonly group: GroupId; readonly reason: string }
  /** The time that `watch-group` asked for has passed. */
  | { readonly type: 'group-waited'; readonly group: GroupId; readonly watch: WatchId };
