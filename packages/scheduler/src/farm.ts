import type { Command } from './command.ts';
import type {
  AttemptId,
  BuilderName,
  BuilderOffer,
  GroupId,
  RunId,
  StepId,
  WatchId,
} from './event.ts';
import type { Capacity } from './groups/capacity.ts';
import type { Group, GroupLine, Keeping, Made } from './groups/group.ts';
import type { Patience } from './patience.ts';
import type { PriorityQueue } from './priority-queue.ts';
import type { BuilderObstacles, Fault, StepResult } from './result.ts';

/**
 * All that the scheduler knows, as linked records that are changed in place. It never leaves the
 * package: outside there is only the `SchedulerState` that owns it.
 */
export interface Farm extends Patience {
  /** The state of the hub, where inputs come from and results go. */
  hub: HubStatus;
  readonly runs: Map<RunId, Run>;
  /** Every step that a run which has not ended wants, or whose attempt is still being stopped. */
  readonly steps: Map<StepId, Step>;
  readonly builders: Map<BuilderName, Builder>;
  readonly attempts: Map<AttemptId, Attempt>;
  readonly demands: Map<string, Demand>;
  /** The groups that have not ended yet. */
  readonly groups: Map<GroupId, Group>;
  /** The groups that wait for slots, in one line for each run and each set of needs. */
  readonly groupLines: Map<string, GroupLine>;
  /** The group that slots are kept free for, if there is one. */
  keeping: Keeping | undefined;
  /**
   * Groups that cannot go on, with the result of their members; undefined: nobody wants them all.
   */
  readonly unsettledGroups: Map<Group, StepResult | undefined>;
  /** Counts the changes that may have made room for a group: a slot freed, or a builder changed. */
  roomVersion: number;
  /** Counts the changes of which builders take work and what they offer. */
  builderVersion: number;
  weights: KnownWeights;
  lastAttempt: AttemptId;
  /**
   * The number of the latest run, step or builder, which are counted in the order of their arrival:
   * it makes every order total.
   */
  lastOrder: number;
  lastWatch: WatchId;
  /** Timers for the full builders that steps wait for, each with the `slotsFreed` of its start. */
  readonly watches: Map<WatchId, Watch>;
  /** Counts the attempts, on any builder, that told something about their derivation. */
  completions: number;
  /** Runs to check for being stopped or ended before the event is over. */
  readonly unsettledRuns: Set<Run>;
  /** The commands that the current event has led to so far. */
  commands: Command[];
}

/** The known durations of all steps so far; their average stands in for unknown ones. */
export interface KnownWeights {
  readonly sum: number;
  readonly count: number;
}

export interface Watch {
  readonly busy: BusyBuilders;
  readonly slotsFreed: number;
}

export interface Run {
  readonly id: RunId;
  readonly order: number;
  readonly keepGoing: boolean;
  readonly priority: number;
  readonly steps: Step[];
  /** The number of its steps without a result. */
  openSteps: number;
  /** The results of its steps when it was stopped; undefined while it goes on. */
  results: ReadonlyMap<StepId, StepResult> | undefined;
  /** The number of attempts that are charged to it. */
  slotsUsed: number;
  /** The number of attempts of this run that were told to stop and have not ended. */
  stoppingAttempts: number;
  hasFailure: boolean;
}

export interface Step {
  readonly id: StepId;
  readonly demand: Demand;
  readonly order: number;
  /**
   * Expected duration in milliseconds, taken as that on an idle machine of speed 1; the usual
   * weight where none is known.
   */
  readonly weight: number;
  /** Whether `weight` was given rather than assumed. */
  readonly isWeightKnown: boolean;
  /** The group that it is a member of. */
  group: Group | undefined;
  /** Its outputs are gone; its result only holds for the runs that have it already. */
  isLost: boolean;
  /**
   * Weight of the longest chain from this step to a step that nothing depends on, itself included.
   */
  rank: number;
  /** The runs that want it and have no result for it, or share the one that it has. */
  runs: Run[];
  dependencies: readonly Step[];
  /** Inputs that need not be built. */
  present: readonly Outputs[];
  /** The steps that depend on it. */
  dependants: Set<Step>;
  waitingFor: number;
  faults: readonly Fault[];
  phase: Phase;
  /** Where its outputs are, once they exist. */
  outputs: Outputs;
}

/**
 * The outputs of a step, or an input that existed before, as far as they matter for placing the
 * steps that need them.
 */
export interface Outputs {
  readonly bytes: number;
  /** Some of the builders that hold them: when many do, it matters little for placement. */
  readonly heldBy: Builder[];
}

export type Phase =
  | { readonly type: 'waiting' }
  /** In line for each run that wants it. */
  | {
      readonly type: 'ready';
      readonly queues: readonly ReadyQueue[];
    }
  | { readonly type: 'running'; readonly attempt: Attempt }
  /** Its attempt was told to stop; no other may start until it has ended. */
  | { readonly type: 'stopping'; readonly attempt: Attempt }
  | { readonly type: 'ended'; readonly result: StepResult }
  /**
   * It waits a while before it goes again to where it was lost, or reads from a source that failed.
   */
  | { readonly type: 'resting' }
  /** Inputs of it were lost and are being rebuilt; `tried` becomes a fault if that fails. */
  | { readonly type: 'restoring'; readonly tried: Omit<Fault, 'reason'> }
  /** It is ready and starts with its group. */
  | { readonly type: 'gathered' }
  /** Its attempt is over; its result waits for that of its whole group. */
  | { readonly type: 'held'; readonly made: Made | undefined }
  /** Nobody wants it any longer. */
  | { readonly type: 'dropped' };

export interface Attempt {
  readonly id: AttemptId;
  readonly step: Step;
  readonly builder: Builder;
  /** The run that its slot is charged to, at first the one whose turn it was. */
  chargedTo: Run;
  /** The runs that stay open until it has ended. */
  readonly awaitedBy: Run[];
  readonly choice: Choice;
}

/** The builder chosen for a step. */
export interface Choice extends Bid {
  /** The best other builders that could have started it at once, best first. */
  readonly rivals: readonly Bid[];
}

/** What building a step on one builder is expected to take. */
export interface Bid {
  readonly builder: Builder;
  /** How many times as long a build takes there as on an idle machine of speed 1. */
  readonly slowness: number;
  /** Bytes of its inputs that are there already. */
  readonly heldBytes: number;
  /** Expected milliseconds until it is built, without what is the same on every builder. */
  readonly costMs: number;
}

export interface Builder {
  offer: BuilderOffer;
  readonly order: number;
  status: BuilderStatus;
  /** Somebody took it out of use: it finishes its attempts and gets no more. */
  isDrained: boolean;
  strikes: Strikes;
  /** The delay in milliseconds of its latest call. */
  callDelayMs: number;
  /** Its attempts, each of which takes one slot. */
  readonly attempts: Set<Attempt>;
  /** Units of its resources that its attempts hold. */
  readonly unitsTaken: Map<string, number>;
  /** The slots and units that it keeps free for a group. */
  kept: Capacity;
  /** The demands that it can meet. */
  readonly demands: Set<Demand>;
}

/** Faults in a row on a builder that answers. */
export interface Strikes {
  readonly count: number;
  /** The farm's `completions` when the first of these faults happened. */
  readonly since: number;
  /** How often it was put into quarantine in this row of faults. */
  readonly quarantines: number;
}

export type BuilderStatus =
  | { readonly type: 'up' }
  | { readonly type: 'quarantined'; readonly reason: string }
  | Down;

export type HubStatus = { readonly type: 'up' } | Down;

/** It does not answer; `vain` counts the calls in vain since then. */
export interface Down {
  readonly type: 'down';
  readonly reason: string;
  readonly vain: number;
}

/** What a derivation asks of a machine. */
export interface Needs {
  readonly system: string;
  readonly requiredFeatures: ReadonlySet<string>;
}

/** What steps require of a builder. All steps with the same demand can run on the same builders. */
export interface Demand extends Needs {
  readonly key: string;
  /** The number of the farm's steps that make this demand. */
  stepCount: number;
  /** Every builder that could meet it, including those that are down or full. */
  readonly eligible: Set<Builder>;
  /** Those of `eligible` that take work, even if they are full at the moment. */
  readonly working: Set<Builder>;
  /** Those of `working` that could start a step now, the fastest under their current load first. */
  readonly free: PriorityQueue<Builder>;
  /** Those that are full, grouped by their slowness for the next step. */
  readonly busy: Map<number, BusyBuilders>;
  /** The ready steps, in queues by the run that wants them and the builders that lost them. */
  readonly queues: Map<string, ReadyQueue>;
  /** Why builders do not meet it now; computed when first asked for. */
  obstacles: readonly BuilderObstacles[] | undefined;
}

/** Full builders that will be equally slow for the next step once one of their builds has ended. */
export interface BusyBuilders {
  readonly slowness: number;
  /** Each member with its share of the sums below. */
  readonly members: Map<Builder, BusyShare>;
  running: number;
  endsPerMs: number;
  /** How often a slot became free among them. */
  slotsFreed: number;
  /** Whether a timer is set after which it is checked that a slot became free. */
  isWatched: boolean;
  /** No slot became free for much longer than expected: nothing waits for them until one does. */
  isOverdue: boolean;
}

export interface BusyShare {
  readonly running: number;
  readonly endsPerMs: number;
}

/** Ready steps of one run and one demand that avoid the same builders, most urgent first. */
export interface ReadyQueue {
  readonly key: string;
  readonly run: Run;
  readonly avoided: ReadonlySet<BuilderName>;
  readonly steps: PriorityQueue<Step>;
}
