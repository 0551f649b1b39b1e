import type { AttemptId, BuilderName, GroupId, RunId, StepId, WatchId } from './event.ts';
import type { StepResult } from './result.ts';

/** The attempt of one member of a group. */
export interface MemberAttempt {
  readonly attempt: AttemptId;
  readonly step: StepId;
  readonly builder: BuilderName;
}

/** What the scheduler wants done or announced, in this order. */
export type Command =
  /** Start an attempt; answered by one `attempt-ended`, or by the builder's going down or away. */
  | {
      readonly type: 'start-attempt';
      readonly attempt: AttemptId;
      readonly step: StepId;
      readonly builder: BuilderName;
    }
  /**
   * Stop an attempt that nobody wants any longer, or whose builder is gone. In the first case its
   * slot stays taken and its runs stay open until `attempt-ended`; in the second the scheduler has
   * already written it off.
   */
  | {
      readonly type: 'cancel-attempt';
      readonly attempt: AttemptId;
      readonly step: StepId;
      readonly builder: BuilderName;
    }
  /**
   * Call a machine that is down or in quarantine after `afterMs` milliseconds; answered by
   * `builder-up` or `builder-down`. It replaces an earlier call of the same machine that is still
   * to come.
   */
  | { readonly type: 'probe-builder'; readonly builder: BuilderName; readonly afterMs: number }
  /** The same for the hub; answered by `hub-up` or `hub-down`. */
  | { readonly type: 'probe-hub'; readonly afterMs: number }
  /** Wait `afterMs` milliseconds, then answer `step-rested`. */
  | { readonly type: 'rest-step'; readonly step: StepId; readonly afterMs: number }
  /**
   * Rebuild the inputs of the step that were lost, best in a run of their own; answered by
   * `inputs-restored`. The step has given its slot back, and gets another afterwards.
   */
  | { readonly type: 'restore-inputs'; readonly step: StepId }
  /**
   * Wait `afterMs` milliseconds, then answer `watch-ended`. Steps wait for a slot of faster
   * builders; if none is free by then, they take what there is.
   */
  | { readonly type: 'watch-slots'; readonly watch: WatchId; readonly afterMs: number }
  /**
   * Replaces `start-attempt` for the members of a group: stage the inputs of all members on their
   * machines, say `group-started`, then start all builds together. Each attempt is answered like
   * any other. If one is over before `group-started`, the others are stopped by `cancel-attempt`.
   */
  | {
      readonly type: 'start-group';
      readonly group: GroupId;
      readonly attempts: readonly MemberAttempt[];
    }
  /**
   * A group that was being started goes back into line; this comes before the commands that stop
   * its other attempts. Another `start-group` follows, or the end of the group.
   */
  | { readonly type: 'requeue-group'; readonly group: GroupId; readonly reason: string }
  /** All members have succeeded; answered by `group-committed` or `group-uncommitted`. */
  | { readonly type: 'commit-group'; readonly group: GroupId }
  /** Wait `afterMs` milliseconds, then answer `group-waited`. */
  | {
      readonly type: 'watch-group';
      readonly group: GroupId;
      readonly watch: WatchId;
      readonly afterMs: number;
    }
  /**
   * The step is over for all runs that want it. Not sent for a step that is cancelled for one run
   * while another still wants it, or that nobody wants any longer: `run-ended` alone reports these.
   */
  | { readonly type: 'step-ended'; readonly step: StepId; readonly result: StepResult }
  /** A result for each step of the run, in the order in which `run-added` gave them. */
  | {
      readonly type: 'run-ended';
      readonly run: RunId;
      readonly results: ReadonlyMap<StepId, StepResult>;
    };
