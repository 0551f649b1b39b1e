import type { AttemptId, BuilderName, GroupId, RunId, StepId, WatchId } from './event.ts';
import type { StepResult } from './result.ts';

/** One member's attempt of a group that is to start. */
export interface MemberAttempt {
  readonly attempt: AttemptId;
  readonly step: StepId;
  readonly builder: BuilderName;
}

/** What the scheduler wants done or known, in this order. */
export type Command =
  /** Is answered by one `attempt-ended`, or by the builder's going down or away. */
  | {
      readonly type: 'start-attempt';
      readonly attempt: AttemptId;
      readonly step: StepId;
      readonly builder: BuilderName;
    }
  /**
   * Nobody wants it any longer, or its builder is gone. In the first case the slot stays taken and
   * its runs open until `attempt-ended`; in the second it is over for the scheduler already.
   */
  | {
      readonly type: 'cancel-attempt';
      readonly attempt: AttemptId;
      readonly step: StepId;
      readonly builder: BuilderName;
    }
  /**
   * Call a machine that is down, or that is in quarantine, after so many milliseconds; answered by
   * `builder-up` or `builder-down`. Takes the place of a call of the same machine that was still to come.
   */
  | { readonly type: 'probe-builder'; readonly builder: BuilderName; readonly afterMs: number }
  /** The same for the hub; answered by `hub-up` or `hub-down`. */
  | { readonly type: 'probe-hub'; readonly afterMs: number }
  /** Wait so many milliseconds; answered by `step-rested`. */
  | { readonly type: 'rest-step'; readonly step: StepId; readonly afterMs: number }
  /**
   * Have built again what the step needs and was lost, best as a run of its own; answered by
   * `inputs-restored`. The step has given its slot back, and gets another after that.
   */
  | { readonly type: 'restore-inputs'; readonly step: StepId }
  /**
   * Wait so many milliseconds; answered by `watch-ended`. Steps wait for a slot of faster builders, and
   * if none is free by then they take what there is.
   */
  | { readonly type: 'watch-slots'; readonly watch: WatchId; readonly afterMs: number }
  /**
   * In place of `start-attempt` for each member: stage what they need on all machines, say
   * `group-started`, then start them together. Each attempt is answered as any other is. Those of
   * which one is over before `group-started` are stopped by `cancel-attempt`.
   */
  | {
      readonly type: 'start-group';
      readonly group: GroupId;
      readonly attempts: readonly MemberAttempt[];
    }
  /**
   * A group that was to start has to go into line again; this comes before its other attempts are told
   * to stop. Another `start-group` follows, or an end.
   */
  | { readonly type: 'requeue-group'; readonly group: GroupId; readonly reason: string }
  /** All members have succeeded; answered by `group-committed` or `group-uncommitted`. */
  | { readonly type: 'commit-group'; readonly group: GroupId }
  /** Wait so many milliseconds; answered by `group-waited`. */
  | {
      readonly type: 'watch-group';
      readonly group: GroupId;
      readonly watch: WatchId;
      readonly afterMs: number;
    }
  /**
   * The step is over for all runs that want it. A step that is cancelled for one run while another
   * still wants it, and one that nobody wants any longer, are told of by `run-ended` alone.
   */
  | { readonly type: 'step-ended'; readonly step: StepId; readonly result: StepResult }
  /** A result for each step of the run, in the order in which `run-added` gave them. */
  | {
      readonly type: 'run-ended';
      readonly run: RunId;
      readonly results: ReadonlyMap<StepId, StepResult>;
    };
