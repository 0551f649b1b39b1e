import type { StepIdentity } from '@dispatch/ledger/run-record';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';

/**
 * What happens in a run, in order: the only source of what is shown at a terminal, of `--json` and
 * of the run's record. A step is named by its rewritten `.drv` path.
 */
export type RunEvent =
  | { readonly type: 'poison-found'; readonly poisoned: readonly PoisonedDerivation[] }
  | {
      readonly type: 'builder-ready';
      readonly builder: string;
      readonly nixVersion: string | undefined;
    }
  | { readonly type: 'builder-unusable'; readonly builder: string; readonly reason: string }
  | RunPlanned
  | {
      readonly type: 'step-started';
      readonly step: StorePath;
      readonly name: string;
      readonly builder: string;
    }
  | { readonly type: 'step-phase'; readonly step: StorePath; readonly phase: string }
  | {
      readonly type: 'step-log';
      readonly step: StorePath;
      readonly name: string;
      readonly line: string;
    }
  | {
      readonly type: 'attempt-lost';
      readonly step: StorePath;
      readonly name: string;
      readonly builder: string;
      readonly reason: string;
    }
  | StepEnded
  | {
      readonly type: 'output-collected';
      readonly path: StorePath;
      readonly from: string;
      readonly paths: number;
      readonly bytes: number;
    }
  | { readonly type: 'log-unwritable'; readonly file: string; readonly reason: string }
  | { readonly type: 'record-unwritable'; readonly reason: string };

export interface PoisonedDerivation {
  readonly original: StorePath;
  readonly rewritten: StorePath;
  readonly serial: number;
  /** Undefined for a serial that came with the derivation and that the ledger does not know. */
  readonly reason: string | undefined;
  readonly author: string | undefined;
}

export interface RunPlanned {
  readonly type: 'planned';
  /** To be built, inputs first. */
  readonly steps: readonly StepIdentity[];
  /** Paths that the hub will fetch from its substituters. */
  readonly substitutes: readonly StorePath[];
  /** Derivations whose outputs were found on builders, so that they are only copied. */
  readonly present: number;
}

export interface StepEnded {
  readonly type: 'step-ended';
  readonly step: StorePath;
  readonly name: string;
  readonly result: StepResult;
  /** Of the attempt that settled it; undefined when there was none. */
  readonly durationMs: number | undefined;
  /** The whole log, where one was kept. */
  readonly logFile: string | undefined;
  /** The last lines of the log of a failed build. */
  readonly lastLines: readonly string[];
}

export type EventSink = (event: RunEvent) => void;
