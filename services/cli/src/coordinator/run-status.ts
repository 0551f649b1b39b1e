import type { RunStatus } from '@dispatch/coordinator/messages/answer';
import type { RunState, RunSummary } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';

/** What `dispatch status --json` says of a run. */
export interface RunStatusJson {
  readonly run: string;
  readonly state: RunState;
  readonly detached: boolean | null;
  readonly priority: number | null;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** The `.drv` files that were asked for. */
  readonly roots: readonly StorePath[];
  /** Steps that were to be built. */
  readonly steps: number | null;
  /** Steps that are over, with whatever result. */
  readonly settled: number;
  readonly building: readonly { readonly name: string; readonly builder: string }[];
}

/** What a coordinator says of a run. */
export function knownStatus(status: RunStatus): RunStatusJson {
  return { ...status, finishedAt: null, roots: status.roots.map(({ drvPath }) => drvPath) };
}

/** What the ledger has of a run. */
export function recordedStatus(run: RunSummary): RunStatusJson {
  return {
    run: run.id,
    state: run.state,
    detached: null,
    priority: null,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt ?? null,
    roots: run.roots.map(({ original }) => original),
    steps: null,
    settled: run.stepCount,
    building: [],
  };
}
