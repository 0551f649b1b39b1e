import type { ByteString } from '@dispatch/nix/byte-string';

/**
 * What a daemon reports between a request and its reply. Its texts are the daemon's exact bytes and
 * may contain colours and bytes that are not UTF-8: show them by `displayText` of
 * `@dispatch/nix/byte-string`.
 */
export type DaemonEvent = DaemonMessage | ActivityStarted | ActivityStopped | ActivityResult;

/** A line for people, filtered by the verbosity that SetOptions gave; without its line end. */
export interface DaemonMessage {
  readonly type: 'message';
  readonly text: ByteString;
}

/**
 * Unique within one daemon process only. A 64-bit number (the daemon's process id is in its upper
 * half), hence bigint; 0 as a parent means none.
 */
export type ActivityId = bigint;

export interface ActivityStarted {
  readonly type: 'activity-started';
  readonly id: ActivityId;
  /** Nix's verbosity levels: 0 is an error, 3 is information. */
  readonly level: number;
  readonly activity: ActivityName;
  readonly text: ByteString;
  /** Their meaning depends on `activity`; a `build` has drv path, machine name, round, rounds. */
  readonly fields: readonly ActivityField[];
  readonly parent: ActivityId;
}

export interface ActivityStopped {
  readonly type: 'activity-stopped';
  readonly id: ActivityId;
}

export interface ActivityResult {
  readonly type: 'result';
  /** The activity that it belongs to. */
  readonly id: ActivityId;
  readonly result: ResultValue;
}

/** Integers beyond 2^53 lose their last digits: they are counters, for showing. */
export type ActivityField = ByteString | number;

/** Nix's activity types, by their names in its source. */
export type ActivityName =
  | 'unknown'
  | 'copy-path'
  | 'file-transfer'
  | 'realise'
  | 'copy-paths'
  | 'builds'
  | 'build'
  | 'optimise-store'
  | 'verify-paths'
  | 'substitute'
  | 'query-path-info'
  | 'post-build-hook'
  | 'build-waiting'
  | 'fetch-tree'
  | 'fetch-to-store';

/** Nix's result types. `other` is one of a newer Nix, or one whose fields are not as expected. */
export type ResultValue =
  | { readonly type: 'build-log-line'; readonly line: ByteString }
  | { readonly type: 'post-build-log-line'; readonly line: ByteString }
  | { readonly type: 'set-phase'; readonly phase: ByteString }
  | ProgressResult
  | { readonly type: 'set-expected'; readonly activity: ActivityName; readonly expected: number }
  | { readonly type: 'file-linked'; readonly bytes: number; readonly blocks: number }
  | { readonly type: 'untrusted-path'; readonly path: ByteString }
  | { readonly type: 'corrupted-path'; readonly path: ByteString }
  | { readonly type: 'fetch-status'; readonly status: ByteString }
  | { readonly type: 'other'; readonly number: number; readonly fields: readonly ActivityField[] };

export interface ProgressResult {
  readonly type: 'progress';
  readonly done: number;
  readonly expected: number;
  readonly running: number;
  readonly failed: number;
}
