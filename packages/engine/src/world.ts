import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { Patience } from '@dispatch/scheduler/patience';
import type { HowToBuild } from './execute/execution.ts';
import type { FarmBuilder } from './execute/farm-builder.ts';
import type { RequestedRoot } from './plan/wanted-roots.ts';
import type { DerivationSource } from './read/derivation-source.ts';

/** What somebody wants built. */
export interface RunRequest extends HowToBuild {
  readonly roots: readonly RequestedRoot[];
  /** Where the links to the outputs go (`result`); undefined for none. */
  readonly outLink: string | undefined;
}

/** Everything outside that a run touches; who calls chooses it. */
export interface World {
  /** The store that the user reads results from. */
  readonly hub: DaemonStore;
  readonly source: DerivationSource;
  /** The hub's own store is among them where it builds, too. */
  readonly builders: readonly FarmBuilder[];
  readonly ledger: Ledger;
  /** Builders fetch what they can from their own substituters (Nix's `builders-use-substitutes`). */
  readonly buildersSubstitute: boolean;
  /** How long lost machines are waited for; undefined for the usual. */
  readonly patience?: Patience;
  /** Build logs go into a folder of the run's own below this one. */
  readonly logFolder: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}
