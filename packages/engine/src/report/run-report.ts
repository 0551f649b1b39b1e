import type { RunOutcome, StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { UncollectedOutput } from '../collect/collector.ts';
import type { OutLink } from '../collect/out-links.ts';
import type { ReportedRoot } from '../plan/wanted-roots.ts';

/** What came of a run. */
export interface RunReport extends RunResults {
  readonly run: string;
}

/** The results of one run, or of several together. */
export interface RunResults {
  readonly outcome: RunOutcome;
  readonly roots: readonly ReportedRoot[];
  /** The steps that were to be built, inputs first. */
  readonly steps: readonly StepIdentity[];
  readonly substitutes: readonly StorePath[];
  /** Derivations whose outputs were found on builders and only copied. */
  readonly present: number;
  /** By rewritten `.drv` path. */
  readonly results: ReadonlyMap<StorePath, StepResult>;
  readonly links: readonly OutLink[];
  /** Outputs that were built, and that could not be brought to the hub. */
  readonly uncollected: readonly UncollectedOutput[];
}

/** The results of a run that has nothing to do. */
export const nothingDone: Omit<RunResults, 'outcome' | 'roots' | 'links'> = {
  steps: [],
  substitutes: [],
  present: 0,
  results: new Map(),
  uncollected: [],
};

/** The outcome of a run with these results. */
export function outcomeOf(
  results: ReadonlyMap<StorePath, StepResult>,
  uncollected: readonly UncollectedOutput[],
  signal: AbortSignal,
): RunOutcome {
  if (signal.aborted) return 'cancelled';
  const isWhole = uncollected.length === 0 && [...results.values()].every(isGood);
  return isWhole ? 'succeeded' : 'failed';
}
