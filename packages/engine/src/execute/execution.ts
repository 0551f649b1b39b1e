import { deferred } from '@dispatch/builders/deferred';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { Groups } from '@dispatch/ledger/groups';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunId, StepRequest } from '@dispatch/scheduler/event';
import type { StepResult } from '@dispatch/scheduler/result';
import type { EventSink } from '../events.ts';
import type { GroupPolicies } from '../groups/group-policy.ts';
import type { GroupWork } from '../groups/group-work.ts';
import type { BuildSettings } from './build-settings.ts';
import type { MadeOutputs, RunStores } from './run-stores.ts';

/** What whoever starts a run says of how it is to be carried out. */
export interface HowToBuild {
  /** A failure stops only what depends on it. */
  readonly keepGoing: boolean;
  /** Of runs that want the same slot, the one with the highest gets it; 0 when not given. */
  readonly priority?: number | undefined;
  readonly settings: BuildSettings;
  /** How groups are carried out, by their names; see `usualGroupPolicy` for the others. */
  readonly groups?: GroupPolicies | undefined;
  /**
   * Groups are carried out anew, whatever is known of them, to learn something: what comes of that is
   * remembered, and serves nobody else.
   */
  readonly isTrial?: boolean | undefined;
}

/** What an executor is given of a run: all of its plan, or later what was lost. */
export interface Work {
  readonly run: RunId;
  readonly request: HowToBuild;
  readonly steps: readonly PlannedStep[];
  /** Them, or others of the same graph, as the scheduler takes them. */
  readonly requestsFor: (steps: readonly PlannedStep[]) => readonly StepRequest[];
  /** Those of the steps that are built as one. */
  readonly groups: readonly GroupWork[];
  /** Where attempts of groups are remembered. */
  readonly attempts: Groups;
  readonly stores: RunStores;
  /** Folder for the logs of this run. */
  readonly logFolder: string;
  /** Never throws. */
  readonly emit: EventSink;
  readonly signal: AbortSignal;
}

/** A result for each step that was to be carried out. */
export type Results = ReadonlyMap<StorePath, StepResult>;

/** One run in the hands of an executor: what it wants, and what it has of that by now. */
export class Execution {
  readonly work: Work;
  readonly #steps: ReadonlyMap<StorePath, PlannedStep>;
  readonly #had = new Set<StorePath>();
  readonly #results = deferred<Results>();
  readonly #loose = new Set<Promise<unknown>>();
  readonly #over = new AbortController();
  /** Aborted when nothing more is to be done for it: it is to stop, or the scheduler is done with it. */
  readonly signal: AbortSignal;

  constructor(work: Work) {
    this.work = work;
    this.signal = AbortSignal.any([work.signal, this.#over.signal]);
    this.#steps = new Map(work.steps.map((step) => [step.node.path, step]));
  }

  /** A step as this run planned it. */
  step(path: StorePath): PlannedStep {
    const step = this.#steps.get(path);
    if (step === undefined) throw new Error(`${path} is no step of the run ${this.work.run}`);
    return step;
  }

  /** Whether it knows where all lies that the step needs; of what others build it may not know yet. */
  hasInputsOf(path: StorePath): boolean {
    return this.step(path).dependencies.every((dependency) => this.#had.has(dependency));
  }

  /** Outputs of one of its steps are there; they were built for it. */
  receive(path: StorePath): void {
    this.#had.add(path);
  }

  /**
   * The same, where they were built for another run. They are held for this one, too, when that
   * resolves; until then the other must hold them.
   */
  async share(path: StorePath, made: MadeOutputs): Promise<void> {
    this.receive(path);
    await this.work.stores.share(made);
  }

  /** Something that has to be over before the run is. */
  await(loose: Promise<unknown>): void {
    const settled = loose.catch(() => {});
    this.#loose.add(settled);
    void settled.finally(() => this.#loose.delete(settled));
  }

  /** The scheduler is done with it. */
  end(results: Results): void {
    this.#results.resolve(results);
    this.#over.abort();
  }

  /** It cannot be carried out. */
  fail(error: unknown): void {
    this.#results.reject(error);
    this.#over.abort();
  }

  /** A result for each step, once nothing is under way for it any more. */
  async results(): Promise<Results> {
    try {
      return await this.#results.promise;
    } finally {
      while (this.#loose.size > 0) await Promise.all(this.#loose);
    }
  }
}
