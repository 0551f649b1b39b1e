import type { CopyAmounts } from '@dispatch/builders/copy-progress';
import type { MemberEnding } from '@dispatch/ledger/group-attempt';
import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import type { WhyHere } from '@dispatch/scheduler/why-here';
import type { GroupLogLine } from './groups/group-log-line.ts';

/**
 * What happens in a run, in order: the only source of what is shown at a terminal, of `--json` and
 * of the run's record. A step is named by its rewritten `.drv` path.
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
  /** It was decided where the step goes; `step-started` follows. Of use to whoever is asked why. */
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
  /** Something that it needs was lost with a machine, and is built again first; its builder did nothing wrong. */
  | {
      readonly type: 'inputs-lost';
      readonly step: StorePath;
      readonly name: string;
      readonly reason: string;
    }
  /** Its builder was taken out of use; it is begun anew, elsewhere. */
  | {
      readonly type: 'attempt-moved';
      readonly step: StorePath;
      readonly name: string;
      readonly builder: string;
    }
  /**
   * Steps that could start wait for these builders, since somebody drained them and no other is fit and
   * up; another such event, or `held-up-over`, follows.
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
  /** It was lost with its builder on the way to the hub, and is built again. */
  | { readonly type: 'output-lost'; readonly path: StorePath; readonly reason: string }
  /** It was built and cannot be brought to the hub; the run goes on only if it is to keep going. */
  | { readonly type: 'output-uncollected'; readonly path: StorePath; readonly reason: string }
  | { readonly type: 'log-unwritable'; readonly file: string; readonly reason: string }
  | { readonly type: 'record-unwritable'; readonly reason: string };

/** Which builder was chosen for a step, and why not others: those that came nearest, at least. */
export type Decision = Pick<WhyHere, 'chosen' | 'passedOver' | 'untold'>;

/** A builder's own daemon lacks features that its line in the machines file claims, or has no use of them. */
export interface FeaturesMissing {
  readonly type: 'features-missing';
  readonly builder: string;
  /** Those that some step requires. */
  readonly features: readonly string[];
  /** All that the daemon has. */
  readonly own: readonly string[];
  /**
   * Given where the daemon has the feature, and members of groups could not meet there all the same: this
   * folder is not in its sandboxes.
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
  /** Those whose members are among the steps. */
  readonly groups: readonly PlannedGroup[];
}

/** Steps that start together and succeed or fail as one. */
export interface PlannedGroup {
  /** The rewritten `.drv` of its first member, which it is called by in all other events. */
  readonly group: StorePath;
  /** The rewritten `.drv` that joins the members; of several the first. */
  readonly join: StorePath;
  /** Its combination of members, whatever the attempt. */
  readonly key: string;
  /** Of this attempt: what its members have as `dispatchGroupId`. */
  readonly id: string;
  readonly name: string;
  readonly mark: string;
  /** Ordered by name. */
  readonly members: readonly PlannedMember[];
}

export interface PlannedMember {
  /** Its role, with a number where the role has several members. */
  readonly name: string;
  readonly role: string;
  readonly step: StorePath;
}

/** What befalls a group as a whole; its members have events of their own as any step has. */
export type GroupEvent =
  /** All its places were taken in one decision; inputs are brought there now. */
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
      /** Undefined for what concerns all. */
      readonly member: string | undefined;
      readonly call: string;
      readonly detail: string;
      /** Unix milliseconds. */
      readonly atMs: number;
    }
  /** Nothing can come of it any longer: members stop, or put their hardware in order first. */
  | {
      readonly type: 'group-stopping';
      readonly group: StorePath;
      readonly outcome: 'failed' | 'lost' | 'cancelled';
      readonly cause: GroupFault;
    }
  /** All members ended well; what came of it is being written down, and counts once it is. */
  | { readonly type: 'group-committing'; readonly group: StorePath }
  /** It gave its places back before it was started, and waits for others. */
  | { readonly type: 'group-requeued'; readonly group: StorePath; readonly reason: string }
  | GroupEnded;

/** What put an end to a group; the member is undefined when it was none of them. */
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
  /** Only what is committed counts; what is lost says nothing of the members and may be tried again. */
  readonly outcome: 'committed' | 'failed' | 'lost' | 'cancelled';
  /** What came first; undefined when all went well. */
  readonly cause: GroupFault | undefined;
  /** Nothing was tried: another attempt has had its paths since it was planned. */
  readonly isTaken?: boolean | undefined;
  /** Lines and calls of all members on one clock, see `GroupLog`; where one was kept. */
  readonly logFile: string | undefined;
  /** Unix milliseconds at which all members were told to begin; undefined when they never were. */
  readonly startedAt: number | undefined;
  /** Milliseconds from then until all of it was over, commit included. */
  readonly durationMs: number | undefined;
  /** What became of each. */
  readonly members: readonly MemberEnding[];
  /** Of what is not committed: the last that each member said, in the order in which it was said. */
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
 * How far a copy between two stores is: at most ten times a second, and at its beginning. A copy
 * that finds nothing to send tells nothing.
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

/** A copy of which something was told is over. */
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
   * How long its builder took to build it, in the attempt that settled it, without bringing the inputs
   * there; undefined when it did not, since it was there or was never begun.
   */
  readonly durationMs: number | undefined;
  /** The whole log, where one was kept. */
  readonly logFile: string | undefined;
  /** The last lines of the log of a failed build. */
  readonly lastLines: readonly string[];
}

export type EventSink = (event: RunEvent) => void;
