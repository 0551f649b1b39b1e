import type { StorePath } from '@dispatch/nix/store-path';

/** A path as Nix computed it and as it was after serials went in; equal when nothing changed. */
export interface PathPair {
  readonly original: StorePath;
  readonly rewritten: StorePath;
}

/** One output of a step. A path is undefined where it is not known without building. */
export interface StepOutput {
  readonly name: string;
  readonly original: StorePath | undefined;
  readonly rewritten: StorePath | undefined;
}

/** Which derivation a step built, under both of its names. */
export interface StepIdentity {
  /** The original .drv path. */
  readonly original: StorePath;
  /** The rewritten .drv path. */
  readonly rewritten: StorePath;
  /** The derivation's name, without `.drv`. */
  readonly name: string;
  readonly system: string;
  readonly outputs: readonly StepOutput[];
}

/** How a step ended. */
export type StepStatus = 'built' | 'failed' | 'dependency-failed' | 'cancelled';

/** What became of one derivation in a run. */
export interface StepRecord extends StepIdentity {
  readonly status: StepStatus;
  /** The machine's name; undefined when it never got to one. */
  readonly builder: string | undefined;
  /**
   * Milliseconds that its builder took to build it, copying inputs aside; undefined if it did not.
   */
  readonly durationMs: number | undefined;
  /** Absolute path of the whole build log, where one was kept. */
  readonly logFile: string | undefined;
}

/** A step together with the run that it was part of. */
export interface StepOfRun extends StepRecord {
  readonly run: string;
}

/** How a run ended. */
export type RunOutcome = 'succeeded' | 'failed' | 'cancelled';

/** Where a run stands: `interrupted` when its process went away without ending it. */
export type RunState = RunOutcome | 'running' | 'interrupted';

/** What is known of a run when it begins. */
export interface RunStart {
  /** Unique for ever, chosen by the caller. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** .drv paths. */
  readonly roots: readonly PathPair[];
}

/** A run without its steps, for lists. */
export interface RunSummary extends RunStart {
  readonly state: RunState;
  /** Unix milliseconds; undefined unless it ended properly. */
  readonly finishedAt: number | undefined;
  readonly stepCount: number;
}

/** A run with all that was recorded of it, steps in the order in which they settled. */
export interface RunRecord extends RunSummary {
  readonly steps: readonly StepRecord[];
}
