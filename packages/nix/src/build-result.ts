import type { OutputName } from './derivation.ts';
import type { StorePath } from './store-path.ts';

/** The names that Nix gives to the outcomes of a build, by their number on the wire. */
export const buildStatuses = [
  'Built',
  'Substituted',
  'AlreadyValid',
  'PermanentFailure',
  'InputRejected',
  'OutputRejected',
  'TransientFailure',
  'CachedFailure',
  'TimedOut',
  'MiscFailure',
  'DependencyFailed',
  'LogLimitExceeded',
  'NotDeterministic',
  'ResolvesToAlreadyValid',
  'NoSubstituters',
] as const;

export type BuildStatus = (typeof buildStatuses)[number];

/** What a daemon says of one build. A failed build is such a value, never an exception. */
export interface BuildResult {
  readonly status: BuildStatus;
  /** Text for people, with the colours taken out; empty on success. */
  readonly errorMessage: string;
  /** 0 when the daemon does not say, as with the times below. */
  readonly timesBuilt: number;
  readonly isNonDeterministic: boolean;
  /** Unix seconds on the builder's clock; 0 when the daemon does not say (before protocol 1.29, and Nix 2.34). */
  readonly startTime: number;
  readonly stopTime: number;
  /** Microseconds; undefined when the daemon does not say (before protocol 1.37). */
  readonly cpuUser: number | undefined;
  readonly cpuSystem: number | undefined;
  /** The store path of each output; empty before protocol 1.28. */
  readonly builtOutputs: ReadonlyMap<OutputName, StorePath>;
}

const successes: ReadonlySet<BuildStatus> = new Set([
  'Built',
  'Substituted',
  'AlreadyValid',
  'ResolvesToAlreadyValid',
]);

/** Whether the outputs exist after a build that ended with this status. */
export function isSuccess(status: BuildStatus): boolean {
  return successes.has(status);
}
