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
  /** Where inputs come from and results go: without it no attempt gets far. */
  hub: HubStatus;
  readonly runs: Map<RunId, Run>;
  /** Each step that an unended run wants, or whose attempt is still being stopped. */
  readonly steps: Map<StepId, Step>;
  readonly builders: Map<BuilderName, Builder>;
  readonly attempts: Map<AttemptId, Attempt>;
  readonly demands: Map<string, Demand>;
  /** Those of which it is not known yet what becomes of them. */
  readonly groups: Map<GroupId, Group>;
  /** The groups that wait for slots, apart by runs and by what they ask for. */
  readonly groupLines: Map<string, GroupLine>;
  /** Given while slots are kept free for a group. */
  keeping: Keeping | undefined;
  /** Groups that cannot go on: the result of their members, or undefined when nobody wants all of them. */
  readonly unsettledGroups: Map<Group, StepResult | undefined>;
  /** Counts what may have made room for a group: a slot got free, or a builder changed. */
  roomVersion: number;
  /** Counts how often it changed which builders take work, and what they offer. */
  builderVersion: number;
  weights: KnownWeights;
  lastAttempt: AttemptId;
  /** Numbers runs, steps and builders by their coming, which makes every order total. */
  lastOrder: number;
  lastWatch: WatchId;
  /** Builders that steps wait for, with how often one had got a slot free when that began. */
  readonly watches: Map<WatchId, Watch>;
  /** Counts the attempts that told something about their derivation, on whichever builder. */
  completions: number;
  /** Runs that may have to be stopped or ended before the event is over. */
  readonly unsettledRuns: Set<Run>;
  /** What the event at hand has led to so far. */
  commands: Command[];
}

/** How long steps take, over all runs so far: their average stands for the unknown. */
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
  /** How many of them have no result yet. */
  openSteps: number;
  /** Given when it was stopped: what had become of its steps by then. */
  results: ReadonlyMap<StepId, StepResult> | undefined;
  /** Attempts that were started in its turn. */
  slotsUsed: number;
  /** Attempts of this run that were told to stop and have not ended. */
  stoppingAttempts: number;
  hasFailure: boolean;
}

export interface Step {
  readonly id: StepId;
  readonly demand: Demand;
  readonly order: number;
  /** How long it takes, as far as anybody knows. */
  readonly weight: number;
  /** Whether anybody does. */
  readonly isWeightKnown: boolean;
  /** The group that it is a member of. */
  group: Group | undefined;
  /** What it made is gone; only the runs that have it already go by its result. */
  isLost: boolean;
  /** Length of the longest way from here to an end of the graph, itself included. */
  rank: number;
  /** The runs that want it and have no result for it, or share the one that it has. */
  runs: Run[];
  dependencies: readonly Step[];
  /** What it needs and nothing has to be built for. */
  present: readonly Outputs[];
  /** Those that wait for it. */
  dependants: Set<Step>;
  waitingFor: number;
  faults: readonly Fault[];
  phase: Phase;
  /** Where its outputs are once there are any. */
  outputs: Outputs;
}

/** Outputs of a step, or what was there before, in so far as they count for where those go that need them. */
export interface Outputs {
  readonly bytes: number;
  /** Not all of them: what many have decides little. */
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
  /** Its attempt was told to stop; until that ends no other may start. */
  | { readonly type: 'stopping'; readonly attempt: Attempt }
  | { readonly type: 'ended'; readonly result: StepResult }
  /** Lost where it would have to go again: it waits a while before it does. */
  | { readonly type: 'resting' }
  /** What it needs was lost, and is built again; `tried` becomes a fault if that is in vain. */
  | { readonly type: 'restoring'; readonly tried: Omit<Fault, 'reason'> }
  /** It could start, and does so with its group. */
  | { readonly type: 'gathered' }
  /** Its attempt is over, and what comes of that is the same for its whole group. */
  | { readonly type: 'held'; readonly made: Made | undefined }
  /** Nobody wants it any longer. */
  | { readonly type: 'dropped' };

export interface Attempt {
  readonly id: AttemptId;
  readonly step: Step;
  readonly builder: Builder;
  /** In whose turn it was started. */
  chargedTo: Run;
  /** The runs that do not end before it does. */
  readonly awaitedBy: Run[];
  readonly choice: Choice;
}

/** A builder for a step. */
export interface Choice extends Bid {
  /** The best of those that could have started it at once as well, best first. */
  readonly rivals: readonly Bid[];
}

/** What it would be to build a step on one builder. */
export interface Bid {
  readonly builder: Builder;
  /** How many times as long a build takes there as on an idle machine of speed 1. */
  readonly slowness: number;
  /** Bytes of its inputs that are there already. */
  readonly heldBytes: number;
  /** Milliseconds until it would be built, those left out that are the same everywhere. */
  readonly costMs: number;
}

export interface Builder {
  offer: BuilderOffer;
  readonly order: number;
  status: BuilderStatus;
  /** Somebody took it out of use: it finishes what it has. */
  isDrained: boolean;
  strikes: Strikes;
  /** After how many milliseconds it was to be called when that was last asked for. */
  callDelayMs: number;
  /** One slot each. */
  readonly attempts: Set<Attempt>;
  /** Units of its resources that they hold. */
  readonly unitsTaken: Map<string, number>;
  /** What it keeps free for a group. */
  kept: Capacity;
  /** Those that it can meet. */
  readonly demands: Set<Demand>;
}

/** Faults in a row on a builder that answers. */
export interface Strikes {
  readonly count: number;
  /** The farm's completions when the first of them came. */
  readonly since: number;
  /** How often it was put into quarantine in this row. */
  readonly quarantines: number;
}

export type BuilderStatus =
  | { readonly type: 'up' }
  | { readonly type: 'quarantined'; readonly reason: string }
  | Down;

export type HubStatus = { readonly type: 'up' } | Down;

/** It does not answer, and was called again in vain so many times. */
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

/** What steps ask of a builder. All with the same demand can be run by the same builders. */
export interface Demand extends Needs {
  readonly key: string;
  /** How many steps of the farm make it. */
  stepCount: number;
  /** Every builder that could meet it, also those that are down or full. */
  readonly eligible: Set<Builder>;
  /** Those of them that take steps, be they full at the moment. */
  readonly working: Set<Builder>;
  /** Those of them that could start a step now, the fastest as they are loaded first. */
  readonly free: PriorityQueue<Builder>;
  /** Those that are full, by how slow they are at what they get next. */
  readonly busy: Map<number, BusyBuilders>;
  /** The steps that are ready, apart by the runs that want them and the builders that lost them. */
  readonly queues: Map<string, ReadyQueue>;
  /** Why each builder does not meet it now; worked out when first asked for. */
  obstacles: readonly BuilderObstacles[] | undefined;
}

/** Builders that are full, and equally slow at what they get once one of their builds has ended. */
export interface BusyBuilders {
  readonly slowness: number;
  /** Each with what it adds to the sums below. */
  readonly members: Map<Builder, BusyShare>;
  running: number;
  endsPerMs: number;
  /** How often one of them has got a slot free. */
  slotsFreed: number;
  /** Somebody will look whether one has got a slot free by then. */
  isWatched: boolean;
  /** None did for much longer than expected: until one does, nothing waits for them. */
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
