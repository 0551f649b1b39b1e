import type { Command } from './command.ts';
import type { AttemptId, BuilderName, BuilderOffer, RunId, StepId } from './event.ts';
import type { PriorityQueue } from './priority-queue.ts';
import type { BuilderObstacles, Fault, StepResult } from './result.ts';

/**
 * All that the scheduler knows, as linked records that are changed in place. It never leaves the
 * package: outside there is only the `SchedulerState` that owns it.
 */
export interface Farm {
  /** So many lost attempts and a step is given up. */
  readonly maximumFaults: number;
  /** So many calls of a lost machine in vain and nothing waits for it. */
  readonly maximumProbes: number;
  /** Where inputs come from and results go: without it no attempt gets far. */
  hub: HubStatus;
  readonly runs: Map<RunId, Run>;
  /** Each step that an unended run wants, or whose attempt is still being stopped. */
  readonly steps: Map<StepId, Step>;
  readonly builders: Map<BuilderName, Builder>;
  readonly attempts: Map<AttemptId, Attempt>;
  readonly demands: Map<string, Demand>;
  weights: KnownWeights;
  lastAttempt: AttemptId;
  /** Numbers steps and builders by their coming, which makes every order total. */
  lastOrder: number;
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

export interface Run {
  readonly id: RunId;
  readonly keepGoing: boolean;
  readonly stepIds: readonly StepId[];
  readonly results: Map<StepId, StepResult>;
  /** Attempts of this run that were told to stop and have not ended. */
  stoppingAttempts: number;
  hasFailure: boolean;
}

export interface Step {
  readonly id: StepId;
  readonly demand: Demand;
  readonly order: number;
  /** Length of the longest way from here to an end of the graph, itself included. */
  rank: number;
  /** The runs that want it and have no result for it, or share the one that it has. */
  runs: Run[];
  dependencies: readonly Step[];
  /** Those that wait for it. */
  readonly dependants: Set<Step>;
  waitingFor: number;
  faults: readonly Fault[];
  phase: Phase;
}

export type Phase =
  | { readonly type: 'waiting' }
  | { readonly type: 'ready'; readonly queue: ReadyQueue }
  | { readonly type: 'running'; readonly attempt: Attempt }
  /** Its attempt was told to stop; until that ends no other may start. */
  | { readonly type: 'stopping'; readonly attempt: Attempt }
  | { readonly type: 'ended'; readonly result: StepResult }
  /** Lost where it would have to go again: it waits a while before it does. */
  | { readonly type: 'resting' }
  /** Nobody wants it any longer. */
  | { readonly type: 'dropped' };

export interface Attempt {
  readonly id: AttemptId;
  readonly step: Step;
  readonly builder: Builder;
  /** The runs that do not end before it does. */
  readonly awaitedBy: Run[];
}

export interface Builder {
  readonly offer: BuilderOffer;
  readonly order: number;
  status: BuilderStatus;
  /** One slot each. */
  readonly attempts: Set<Attempt>;
  /** Those that it can meet. */
  readonly demands: Set<Demand>;
}

export type BuilderStatus = { readonly type: 'up' } | { readonly type: 'draining' } | Down;

export type HubStatus = { readonly type: 'up' } | Down;

/** It does not answer, and was called again in vain so many times. */
export interface Down {
  readonly type: 'down';
  readonly reason: string;
  readonly vain: number;
}

/** What steps ask of a builder. All with the same demand can be run by the same builders. */
export interface Demand {
  readonly key: string;
  readonly system: string;
  readonly requiredFeatures: ReadonlySet<string>;
  /** How many steps of the farm make it. */
  stepCount: number;
  /** Every builder that could meet it, also those that are down or full. */
  readonly eligible: Set<Builder>;
  /** Those of them that are up and have a free slot, the least loaded first. */
  readonly free: PriorityQueue<Builder>;
  /** The steps that are ready, apart by the builders that lost them. */
  readonly queues: Map<string, ReadyQueue>;
  /** Why each builder does not meet it now; worked out when first asked for. */
  obstacles: readonly BuilderObstacles[] | undefined;
}

/** Ready steps of one demand that avoid the same builders, most urgent first. */
export interface ReadyQueue {
  readonly key: string;
  readonly avoided: ReadonlySet<BuilderName>;
  readonly steps: PriorityQueue<Step>;
}
