import { join } from 'node:path';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { outputPathsOf } from '@dispatch/graph/shared-serials';
import { beginningOf, displayText } from '@dispatch/nix/byte-string';
import { baseName } from '@dispatch/nix/store-path';
import type { AttemptId, AttemptOutcome } from '@dispatch/scheduler/event';
import type { Decision, RunEvent } from '../events.ts';
import type { FarmBuilder } from '../farm/farm-builder.ts';
import { type Agreement, AloneAgreement } from './agreement.ts';
import { type Attempt, runAttempt } from './attempt.ts';
import type { BuildSettings } from './build-settings.ts';
import type { Execution } from './execution.ts';
import type { MadeOutputs } from './run-stores.ts';
import { isAsPatient, mostPatient } from './shared-limits.ts';
import type { SharedStep } from './shared-step.ts';
import { StepLog } from './step-log.ts';

/** How many bytes of a line are told; a build may print megabytes without a line end, which its log has. */
const toldLineBytes = 16 * 1024;

/** The builder that was chosen for a step, and why. */
export interface ChosenBuilder {
  readonly builder: FarmBuilder;
  readonly decision: Decision | undefined;
}

/** One try of a step, made on behalf of one run and for all that want it. */
export class StepAttempt {
  readonly id: AttemptId;
  readonly step: SharedStep;
  readonly builder: FarmBuilder;
  /**
   * The run on behalf of which it is made, whose stores, log folder and settings (but for the
   * limits) it uses.
   */
  readonly leader: Execution;
  readonly log: StepLog;
  readonly #placed: RunEvent | undefined;
  readonly #isAway: (store: DaemonStore) => Promise<boolean>;
  readonly #abort = new AbortController();
  #phase: RunEvent | undefined;
  #made: MadeOutputs | undefined;
  #durationMs: number | undefined;

  constructor(
    id: AttemptId,
    step: SharedStep,
    { builder, decision }: ChosenBuilder,
    isAway: (store: DaemonStore) => Promise<boolean>,
  ) {
    this.id = id;
    this.step = step;
    this.builder = builder;
    this.#placed = decision && { type: 'step-placed', step: step.path, decision };
    this.#isAway = isAway;
    this.leader = step.leader();
    const file = join(this.leader.work.logFolder, `${baseName(step.path)}-${id}.log`);
    this.log = new StepLog(file, (reason) => this.#tell({ type: 'log-unwritable', file, reason }));
  }

  /** Aborted when nobody wants it any longer. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Milliseconds that the builder took, once the build is over; bringing the inputs does not count. */
  get durationMs(): number | undefined {
    return this.#durationMs;
  }

  get made(): MadeOutputs | undefined {
    return this.#made;
  }

  /** Tells the runs that the attempt was lost, through no fault of the derivation. */
  tellLoss({ type, reason }: Extract<AttemptOutcome, { readonly reason: string }>): void {
    const { path, name } = this.step;
    const { uri } = this.builder.machine;
    if (type === 'inputs-lost') this.#tell({ type, step: path, name, reason });
    else this.#tell({ type: 'attempt-lost', step: path, name, builder: uri, reason });
  }

  stop(): void {
    this.#abort.abort();
  }

  /** Never throws; resolves to how it went only when its log is whole. */
  async carryOut(agreement: Agreement = this.#alone()): Promise<AttemptOutcome> {
    const { leader, signal } = this;
    const { stores } = leader.work;
    const step = leader.step(this.step.path);
    if (stores.lacksInputOf(step)) return lostBefore;
    if (this.#placed !== undefined) this.#tell(this.#placed);
    this.#tell(this.#started);
    const settings = this.#settings();
    const { store } = this.builder;
    const { outcome, made } = await runAttempt(
      { step, store, settings, agreement, signal, isAway: this.#isAway, ...this.#listeners() },
      stores,
    );
    this.#made = made;
    await this.log.close();
    const isTooEarly = outcome.type === 'failed' && outcome.status === 'TimedOut';
    return isTooEarly && !isAsPatient(settings, this.#settings()) ? endedEarly : outcome;
  }

  #alone(): Agreement {
    const { stores } = this.leader.work;
    const { node } = this.leader.step(this.step.path);
    return new AloneAgreement(stores, this.builder.store, outputPathsOf(node), this.signal);
  }

  /** The events of the attempt until now, for a listener that comes late. */
  past(): AsyncIterable<RunEvent> {
    return this.#recount(this.#phase, this.log.linesSoFar());
  }

  async *#recount(
    phase: RunEvent | undefined,
    lines: AsyncIterable<string>,
  ): AsyncGenerator<RunEvent> {
    if (this.#placed !== undefined) yield this.#placed;
    yield this.#started;
    if (phase !== undefined) yield phase;
    for await (const line of lines) yield this.#logged(line);
  }

  get #started(): RunEvent {
    const { path, name } = this.step;
    return { type: 'step-started', step: path, name, builder: this.builder.machine.uri };
  }

  /** The settings for all runs that want the step now. */
  #settings(): BuildSettings {
    const others = [...this.step.runs].map(({ work }) => work.request.settings);
    return mostPatient(this.leader.work.request.settings, others);
  }

  #listeners(): Pick<Attempt, 'onBuilt' | 'onLine' | 'onPhase'> {
    return {
      onBuilt: (durationMs) => {
        this.#durationMs = Math.round(durationMs);
      },
      onLine: (line) => {
        this.log.add(line);
        this.#tell(this.#logged(line));
      },
      onPhase: (phase) => {
        this.#phase = { type: 'step-phase', step: this.step.path, phase };
        this.#tell(this.#phase);
      },
    };
  }

  #logged(line: string): RunEvent {
    const { path, name } = this.step;
    return {
      type: 'step-log',
      step: path,
      name,
      line: displayText(beginningOf(line, toldLineBytes)),
    };
  }

  #tell(event: RunEvent): void {
    this.step.audience.tell(event);
  }
}

const lostBefore: AttemptOutcome = {
  type: 'inputs-lost',
  reason: 'they lay on machines that do not answer any more',
};

/** For when a run with longer limits has come since the build began. */
const endedEarly: AttemptOutcome = {
  type: 'infrastructure-fault',
  reason: 'it ran into a limit of one run, and another that wants it waits longer',
};
