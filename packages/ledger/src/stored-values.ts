import type { StorePath } from '@dispatch/nix/store-path';
import type { BuiltOutput } from './built-outputs.ts';
import type { GroupAttempt, GroupEnding } from './group-attempt.ts';
import type { HistoryId } from './history-tables.ts';
import type { PoisonRecord } from './poison-record.ts';
import type { PathPair, RunOutcome, StepRecord } from './run-record.ts';

/** Every kind of value that a backend stores, by the name that it is encoded and decoded under. */
export interface StoredValues {
  readonly about: About;
  readonly history: readonly PoisonRecord[];
  readonly historyId: HistoryId;
  readonly runNumber: number;
  readonly runHeader: RunHeader;
  readonly runRoots: readonly PathPair[];
  readonly step: StepRecord;
  readonly stepPlace: StepPlace;
  readonly lastDuration: LastDuration;
  readonly builtOutput: PlacedOutput;
  readonly builtPath: StorePath;
  readonly attemptHead: AttemptHead;
  readonly attempt: GroupAttempt;
  readonly attemptEnding: GroupEnding;
  readonly attemptPlace: number;
}

/** What a ledger records about itself. */
export interface About {
  /** The format of the tables: which there are and what their keys mean. */
  readonly format: number;
  readonly variable: string;
}

/**
 * The small part of a run that lists and retention read; its roots and steps are in other tables.
 */
export interface RunHeader {
  readonly id: string;
  readonly startedAt: number;
  readonly owner: ProcessMark;
  readonly stepCount: number;
  readonly finishedAt: number | undefined;
  readonly outcome: RunOutcome | undefined;
}

/** Identifies a process, across reuse of its id and across reboots. */
export interface ProcessMark {
  readonly pid: number;
  /** The boot and the clock tick in it at which the process began; empty where neither is known. */
  readonly began: string;
}

/** The place of a step: the number of its run in this ledger, and of the step in the run. */
export type StepPlace = readonly [run: number, step: number];

/** How long a derivation took when it was last built, and in which run. */
export interface LastDuration {
  readonly run: number;
  readonly milliseconds: number;
}

/** A built output, and where it stands in the order of their recording. */
export interface PlacedOutput {
  readonly place: number;
  readonly output: BuiltOutput;
}

/** The small part of an attempt that lookups and retention read; the rest is in other tables. */
export interface AttemptHead {
  readonly key: string;
  readonly mark: string;
  readonly id: string;
  readonly name: string;
  readonly isTrial: boolean;
  readonly owner: ProcessMark;
  readonly ended?: GroupEnding['type'] | undefined;
}
