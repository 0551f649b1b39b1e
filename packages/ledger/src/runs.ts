import type { StorePath } from '@dispatch/nix/store-path';
import type {
  RunOutcome,
  RunRecord,
  RunStart,
  RunSummary,
  StepIdentity,
  StepOfRun,
  StepRecord,
} from './run-record.ts';

/**
 * What past runs did. The newest 1,000 runs with at most 100,000 steps between them are kept (see
 * `retention.ts`); what is known of a path or a duration is dropped with the run that it came from.
 */
export interface Runs {
  /**
   * Records that a run begins. To be called before anything is built, so that a run that is killed
   * is still seen. A run of this id whose process is gone is taken over, with the steps that it
   * has; any other one throws `duplicate-run`.
   */
  begin(run: RunStart): Promise<void>;

  /** Adds steps as they settle. Pass several at once: each call waits for the disk. */
  recordSteps(runId: string, steps: readonly StepRecord[]): Promise<void>;

  /** Throws `unknown-run`. A second end of the same run replaces the first. */
  finish(runId: string, end: RunEnd): Promise<void>;

  get(runId: string): Promise<RunRecord | undefined>;

  /** The newest runs by when they began, newest first. */
  recent(count: number): Promise<readonly RunSummary[]>;

  /**
   * Milliseconds that each derivation took when it was last built: the same original derivation if
   * it is known, else the last of that name and system. In the order asked.
   */
  lastDurations(asked: readonly DurationQuery[]): Promise<readonly (number | undefined)[]>;

  /**
   * The steps that a path belongs to: as .drv or output, original or rewritten. Newest first, each
   * pair of original and rewritten derivation once; empty when no run has seen the path.
   */
  stepsOfPath(path: StorePath): Promise<readonly StepIdentity[]>;

  /** What became of the steps that a path belongs to, in each run that had them, newest first. */
  recordsOfPath(path: StorePath): Promise<readonly StepOfRun[]>;
}

export interface RunEnd {
  readonly outcome: RunOutcome;
  /** Unix milliseconds. */
  readonly finishedAt: number;
}

export interface DurationQuery {
  /** The original .drv path. */
  readonly drvPath: StorePath;
  readonly name: string;
  readonly system: string;
}
