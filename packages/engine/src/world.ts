import type { Ledger } from '@dispatch/ledger/ledger';
import type { HowToBuild } from './execute/execution.ts';
import type { Executor } from './execute/executor.ts';
import type { RequestedRoot } from './plan/wanted-roots.ts';
import type { DerivationSource } from './read/derivation-source.ts';

/** What somebody wants built. */
export interface RunRequest extends HowToBuild {
  /** See `newRunId`. If a process that has ended began a run under this id, that run goes on. */
  readonly id: string;
  readonly roots: readonly RequestedRoot[];
  /** Where the links to the outputs go (`result`); undefined for none. */
  readonly outLink: string | undefined;
}

/** Everything outside that a run touches; the caller chooses it. */
export interface World {
  /** Builds on the farm; its hub is the store that the user reads results from. */
  readonly executor: Executor;
  readonly source: DerivationSource;
  readonly ledger: Ledger;
  /** Builders fetch what they can from their own substituters (Nix's `builders-use-substitutes`). */
  readonly buildersSubstitute: boolean;
  /** Build logs go into a folder of the run's own below this one. */
  readonly logFolder: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}
