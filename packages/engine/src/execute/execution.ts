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

/** How whoever starts a run wants it carried out. */
export interface HowToBuild {
  /** A failure stops only what depends on it. */
  readonly keepGoing: boolean;
  /** The run with the highest priority gets a slot that several want; 0 when not given. */
  readonly priority?: number | undefined;
  readonly settings: BuildSettings;
  /** The policies of groups, by name; `usualGroupPolicy` holds for the others. */
  readonly groups?: GroupPolicies | undefined;
  /**
   * All groups are carried out anew, whatever is known of them, to learn something: the results are
   * remembered, and serve no other run.
   */
  readonly isTrial?: boolean | undefined;
}

/** What an executor does for a run: its whole plan, or later the steps that were lost. */
export interface Work {
  readonly run: RunId;
  readonly request: HowToBuild;
  readonly steps: readonly PlannedStep[];
  /** What the scheduler is asked for these steps, or for others of the same graph. */
  readonly requestsFor: (steps: readonly PlannedStep[]) => readonly StepRequest[];
  /** The groups among the steps. */
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

/** A run that an executor carries out: the steps that it wants, and those that it has by now. */
export class Execution {
  readonly work: Work;
  readonly #steps: ReadonlyMap<StorePath, PlannedStep>;
  readonly #had = new Set<StorePath>();
  readonly #results = deferred<Results>();
  readonly #loose = new Set<Promise<unknown>>();
  readonly #over = new AbortController();
  /** Aborted when nothing more is to be done for the run: it is to stop, or the scheduler is done with it. */
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

  /**
   * Whether the run knows where all inputs of a step are; of those that other runs build it may not
   * know yet.
   */
  hasInputsOf(path: StorePath): boolean {
    return this.step(path).dependencies.every((dependency) => this.#had.has(dependency));
  }

  /** Notes that outputs of one of its steps are there, built for this run. */
  receive(path: StorePath): void {
    this.#had.add(path);
  }

  /**
   * Notes outputs that were built for another run, and roots them for this one, too. The other run
   * must hold them until this resolves.
   */
  async share(path: StorePath, made: MadeOutputs): Promise<void> {
    this.receive(path);
    await this.work.stores.share(made);
  }

  /** Makes the run wait for this before it ends. */
  await(loose: Promise<unknown>): void {
    const settled = loose.catch(() => {});
    this.#loose.add(settled);
    void settled.finally(() => this.#loose.delete(settled));
  }

  /** Ends the run with these results: the scheduler is done with it. */
  end(results: Results): void {
    this.#results.resolve(results);
    this.#over.abort();
  }

  /** Ends the run with an error: it cannot be carried out. */
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
