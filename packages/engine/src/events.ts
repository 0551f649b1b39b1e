import type { CopyAmounts } from '@dispatch/builders/copy-progress';
import type { MemberEnding } from '@dispatch/ledger/group-attempt';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import type { WhyHere } from '@dispatch/scheduler/why-here';
import type { GroupLogLine } from './groups/group-log-line.ts';

/**
 * What happens in a run. Events come in order, and are the only source of the terminal view and of
 * the run's record; `--json` is made of the run's report, and of what was counted of its events. A
 * step is named by its rewritten `.drv` path.
 */
export type RunEvent =
  | { readonly type: 'poison-found'; readonly poisoned: readonly PoisonedDerivation[] }
  /** `builder-ready` or `builder-unusable` follows. */
  | { readonly type: 'builder-called'; readonly builder: string }
  | {
      readonly type: 'builder-ready';
      readonly builder: string;
      readonly nixVersion: string | undefined;
      /** Builds that it does at a time. */
      readonly slots: number;
    }
  /** `builder-ready` follows if it can be used again later. */
  | { readonly type: 'builder-unusable'; readonly builder: string; readonly reason: string }
  /** Nothing new starts until `hub-back`. */
  | { readonly type: 'hub-away'; readonly reason: string }
  | { readonly type: 'hub-back' }
  | FeaturesMissing
  | RunPlanned
  /** The scheduler chose a builder for the step, for the reasons given; `step-started` follows. */
  | { readonly type: 'step-placed'; readonly step: StorePath; readonly decision: Decision }
  | {
      readonly type: 'step-started';
      readonly step: StorePath;
      readonly name: string;
      readonly builder: string;
    }
  | { readonly type: 'step-phase'; readonly step: StorePath; readonly phase: string }
  | {
      readonly type: 'step-log';
      readonly step: StorePath;
      readonly name: string;
      readonly line: string;
    }
  | {
      readonly type: 'attempt-lost';
      readonly step: StorePath;
      readonly name: string;
      readonly builder: string;
      readonly reason: string;
    }
  /**
   * An input of the step was lost with a machine and is built again first; the step's builder is
   * not at fault.
   */
  | {
      readonly type: 'inputs-lost';
      readonly step: StorePath;
      readonly name: string;
      readonly reason: string;
    }
  /** The builder of the attempt was taken out of use; the step begins anew elsewhere. */
  | {
      readonly type: 'attempt-moved';
      readonly step: StorePath;
      readonly name: string;
      readonly builder: string;
    }
  /**
   * Steps that could start wait for these builders: somebody drained them, and no other builder is
   * fit and up. Another `held-up` follows when that changes, or `held-up-over`.
   */
  | {
      readonly type: 'held-up';
      /** The most urgent of the steps, and how many more there are. */
      readonly name: string;
      readonly more: number;
      readonly builders: readonly string[];
    }
  | { readonly type: 'held-up-over' }
  | StepEnded
  | GroupEvent
  | CopyProgressed
  | CopyEnded
  | {
      readonly type: 'output-collected';
      readonly path: StorePath;
      readonly from: string;
      readonly paths: number;
      readonly bytes: number;
    }
  /** The output was lost, with its builder or from the hub itself, and is built again. */
  | { readonly type: 'output-lost'; readonly path: StorePath; readonly reason: string }
  /** The output exists but cannot be brought to the hub; the run goes on only with `keepGoing`. */
  | { readonly type: 'output-uncollected'; readonly path: StorePath; readonly reason: string }
  | { readonly type: 'log-unwritable'; readonly file: string; readonly reason: string }
  | { readonly type: 'record-unwritable'; readonly reason: string };

/** Which builder was chosen for a step, and why others were not: at least those that came nearest. */
export type Decision = Pick<WhyHere, 'chosen' | 'passedOver' | 'untold'>;

/**
 * A builder cannot provide features that its line in the machines file claims: its own daemon lacks
 * them, or what they need.
 */
export interface FeaturesMissing {
  readonly type: 'features-missing';
  readonly builder: string;
  /** The missing features, among those that some step requires. */
  readonly features: readonly string[];
  /** All features that the daemon has. */
  readonly own: readonly string[];
  /**
   * Given when the daemon has `dispatch-group` but members could not meet there: the folder that
   * its sandboxes lack.
   */
  readonly sandboxPath?: string | undefined;
}

export interface PoisonedDerivation {
  readonly original: StorePath;
  readonly rewritten: StorePath;
  readonly serial: number;
  /** Undefined for a serial that came with the derivation and that the ledger does not know. */
  readonly reason: string | undefined;
  readonly author: string | undefined;
}

export interface RunPlanned {
  readonly type: 'planned';
  /** To be built, inputs first. */
  readonly steps: readonly StepOutlook[];
  /** Paths that the hub will fetch from its substituters. */
  readonly substitutes: readonly StorePath[];
  /** Derivations whose outputs were found on builders, so that they are only copied. */
  readonly present: number;
  /** The groups whose members are among the steps. */
  readonly groups: readonly PlannedGroup[];
}

/** Steps that start together and succeed or fail as one. */
export interface PlannedGroup {
  /** The rewritten `.drv` of its first member, by which all other events name the group. */
  readonly group: StorePath;
  /** The rewritten `.drv` that joins the members; of several the first. */
  readonly join: StorePath;
  /** Identifies the combination of members; the same for all its attempts. */
  readonly key: string;
  /** Identifies this attempt: the `dispatchGroupId` of its members. */
  readonly id: string;
  readonly name: string;
  readonly mark: string;
  /** Ordered by role, then by number. */
  readonly members: readonly PlannedMember[];
}

export interface PlannedMember {
  /** Its role, with a number where the role has several members. */
  readonly name: string;
  readonly role: string;
  readonly step: StorePath;
}

/** What happens to a group as a whole; its members also have the events of any step. */
export type GroupEvent =
  /** The scheduler gave the group all its places in one decision; inputs are brought there now. */
  | {
      readonly type: 'group-reserved';
      readonly group: StorePath;
      readonly places: readonly GroupPlace[];
    }
  /** All members were told to begin. */
  | { readonly type: 'group-started'; readonly group: StorePath }
  /** A member asked something of the group's meeting place, or something was noted there. */
  | {
      readonly type: 'group-call';
      readonly group: StorePath;
      /** Undefined for what concerns all members. */
      readonly member: string | undefined;
      readonly call: string;
      readonly detail: string;
      /** Unix milliseconds. */
      readonly atMs: number;
    }
  /** The attempt can no longer succeed: its members stop, or put their hardware in order first. */
  | {
      readonly type: 'group-stopping';
      readonly group: StorePath;
      readonly outcome: 'failed' | 'lost' | 'cancelled';
      readonly cause: GroupFault;
    }
  /** All members ended well; the commit record is being written, and they count once it is. */
  | { readonly type: 'group-committing'; readonly group: StorePath }
  /** The group gave its places back before its members began, and waits for others. */
  | { readonly type: 'group-requeued'; readonly group: StorePath; readonly reason: string }
  | GroupEnded;

/** Why an attempt of a group did not succeed; `member` is undefined when none of them caused it. */
export interface GroupFault {
  readonly member: string | undefined;
  readonly reason: string;
}

export interface GroupPlace {
  readonly member: string;
  readonly step: StorePath;
  readonly builder: string;
}

/** An attempt of a group is over, and nothing of it goes on. */
export interface GroupEnded {
  readonly type: 'group-ended';
  readonly group: StorePath;
  /** Only a committed attempt counts; a lost one says nothing about the members and may be tried again. */
  readonly outcome: 'committed' | 'failed' | 'lost' | 'cancelled';
  /** The first fault; undefined when the attempt was committed. */
  readonly cause: GroupFault | undefined;
  /** Nothing was tried: another attempt has taken these paths since this one was planned. */
  readonly isTaken?: boolean | undefined;
  /** Lines and calls of all members on one clock (see `GroupLog`); undefined when no log was kept. */
  readonly logFile: string | undefined;
  /** Unix milliseconds at which all members were told to begin; undefined when they never were. */
  readonly startedAt: number | undefined;
  /** Milliseconds from then until all of it was over, commit included. */
  readonly durationMs: number | undefined;
  /** What became of each. */
  readonly members: readonly MemberEnding[];
  /** The last lines of each member, in the order in which they came; none for a committed attempt. */
  readonly lastLines: readonly GroupLogLine[];
}

/** A step before anything is built. */
export interface StepOutlook extends StepIdentity {
  /** Rewritten `.drv` paths of the other steps that it waits for. */
  readonly dependencies: readonly StorePath[];
  /** Milliseconds that it took when it was last built; undefined when no run remembers. */
  readonly expectedMs: number | undefined;
}

/**
 * Progress of a copy between two stores: told when it begins, then at most ten times a second. A
 * copy that has nothing to send is not told.
 */
export interface CopyProgressed extends CopyAmounts {
  readonly type: 'copy-progress';
  /** Tells the copies of a run apart. */
  readonly copy: number;
  /** URIs of the stores: builders' names, or the hub's. */
  readonly from: string;
  readonly to: string;
  /** The step whose inputs these are; undefined for what goes to the hub. */
  readonly step: StorePath | undefined;
  /** The path that is on its way. */
  readonly path: StorePath;
}

/** A copy that `copy-progress` has told of is over. */
export interface CopyEnded {
  readonly type: 'copy-ended';
  readonly copy: number;
  readonly outcome: 'arrived' | 'failed';
}

export interface StepEnded {
  readonly type: 'step-ended';
  readonly step: StorePath;
  readonly name: string;
  readonly result: StepResult;
  /**
   * Milliseconds that the builder took in the attempt that settled the step, without bringing the
   * inputs there; undefined when nothing was built: it was there already, or was never begun.
   */
  readonly durationMs: number | undefined;
  /** The whole log, where one was kept. */
  readonly logFile: string | undefined;
  /** The last lines of the log of a failed build. */
  readonly lastLines: readonly string[];
}

export type EventSink = (event: RunEvent) => void;
