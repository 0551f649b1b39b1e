import { join } from 'node:path';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import { displayText } from '@dispatch/nix/byte-string';
import { baseName, type StorePath } from '@dispatch/nix/store-path';
import type { Command } from '@dispatch/scheduler/command';
import type {
  AttemptId,
  AttemptOutcome,
  SchedulerEvent,
  StepRequest,
} from '@dispatch/scheduler/event';
import type { Patience } from '@dispatch/scheduler/patience';
import type { StepResult } from '@dispatch/scheduler/result';
import { initialState, type SchedulerState } from '@dispatch/scheduler/state';
import { step as schedule } from '@dispatch/scheduler/step';
import type { EventSink } from '../events.ts';
import { runAttempt } from './attempt.ts';
import type { BuildSettings } from './build-settings.ts';
import { type FarmBuilder, type GreetedBuilder, offerOf } from './farm-builder.ts';
import { MachineCalls } from './machine-calls.ts';
import type { RunStores } from './run-stores.ts';
import { StepLog } from './step-log.ts';

/** What whoever starts a run says of how it is to be carried out. */
export interface HowToBuild {
  /** A failure stops only what depends on it. */
  readonly keepGoing: boolean;
  readonly settings: BuildSettings;
}

/** What one run needs to be carried out. */
export interface ExecutionOptions {
  readonly run: string;
  readonly request: HowToBuild;
  readonly steps: readonly PlannedStep[];
  readonly requests: readonly StepRequest[];
  readonly builders: readonly GreetedBuilder[];
  readonly stores: RunStores;
  /** How long lost machines are waited for. */
  readonly patience: Patience;
  /** Folder for the logs of this run. */
  readonly logFolder: string;
  readonly emit: EventSink;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface RunningAttempt {
  readonly abort: AbortController;
  readonly startedAt: number;
  readonly log: StepLog;
  durationMs: number;
}

/**
 * Carries the scheduler's commands out and tells it what came of them, until the run has ended. All
 * decisions are the scheduler's; all effects are here.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #steps: ReadonlyMap<StorePath, PlannedStep>;
  readonly #builders: ReadonlyMap<string, FarmBuilder>;
  readonly #attempts = new Map<AttemptId, RunningAttempt>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #events: SchedulerEvent[] = [];
  readonly #calls: MachineCalls;
  #state: SchedulerState;
  #deciding = false;
  #ended: ((results: ReadonlyMap<StorePath, StepResult>) => void) | undefined;
  #broken: ((error: unknown) => void) | undefined;

  constructor(options: ExecutionOptions) {
    this.#options = options;
    this.#steps = new Map(options.steps.map((step) => [step.node.path, step]));
    this.#builders = new Map(options.builders.map((builder) => [builder.machine.uri, builder]));
    const { stores, emit, signal, patience } = options;
    const tell = (event: SchedulerEvent): void => this.#tell(event);
    this.#calls = new MachineCalls({ builders: this.#builders, stores, emit, tell, signal });
    this.#state = initialState(patience);
  }

  /** Runs to the end: every step is built, failed, given up or cancelled, and nothing is under way. */
  async run(): Promise<ReadonlyMap<StorePath, StepResult>> {
    const { signal, run } = this.#options;
    const cancel = (): void => this.#tell({ type: 'run-cancelled', run });
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const results = new Promise<ReadonlyMap<StorePath, StepResult>>((resolve, reject) => {
        this.#ended = resolve;
        this.#broken = reject;
      });
      this.#begin();
      if (signal.aborted) cancel();
      return await results;
    } catch (error) {
      // Nothing decides any longer what is wanted; so nothing may go on for hours.
      cancel();
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#calls.close();
      await Promise.allSettled(this.#underWay);
    }
  }

  /** Stops what is under way and starts nothing more; `run` returns then. */
  stop(): void {
    this.#tell({ type: 'run-cancelled', run: this.#options.run });
  }

  #begin(): void {
    const { builders, run, request, requests, stores } = this.#options;
    for (const builder of builders) {
      const offer = offerOf(builder, stores.hub);
      this.#tell({ type: 'builder-added', builder: offer, fault: builder.fault });
    }
    this.#tell({ type: 'run-added', run, keepGoing: request.keepGoing, steps: requests });
  }

  /** Events are decided one after the other, also those that come while commands are carried out. */
  #tell(event: SchedulerEvent): void {
    this.#events.push(event);
    if (this.#deciding) return;
    this.#deciding = true;
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        const { state, commands } = schedule(this.#state, next);
        this.#state = state;
        for (const command of commands) this.#carryOut(command);
      }
    } catch (error) {
      this.#broken?.(error);
    } finally {
      this.#deciding = false;
    }
  }

  #carryOut(command: Command): void {
    switch (command.type) {
      case 'start-attempt':
        return this.#spawn(this.#attempt(command.attempt, command.step, command.builder));
      case 'cancel-attempt':
        return this.#attempts.get(command.attempt)?.abort.abort();
      case 'step-ended':
        return this.#reportStep(command.step, command.result);
      case 'run-ended':
        return this.#ended?.(command.results);
      case 'probe-builder':
        return this.#calls.after(command.afterMs, () => this.#calls.callBuilder(command.builder));
      case 'probe-hub':
        return this.#calls.after(command.afterMs, () => this.#calls.callHub());
      case 'rest-step':
        return this.#calls.after(command.afterMs, () =>
          this.#tell({ type: 'step-rested', step: command.step }),
        );
    }
  }

  #spawn(work: Promise<void>): void {
    const watched = work.catch((error: unknown) => this.#broken?.(error));
    this.#underWay.add(watched);
    void watched.finally(() => this.#underWay.delete(watched));
  }

  async #attempt(id: AttemptId, path: StorePath, builderName: string): Promise<void> {
    const { emit, now, request, stores } = this.#options;
    const step = this.#step(path);
    const { name } = step.node;
    const running = this.#startAttempt(id, path);
    emit({ type: 'step-started', step: path, name, builder: builderName });
    const outcome = await runAttempt(
      {
        step,
        store: this.#builder(builderName).store,
        settings: request.settings,
        signal: running.abort.signal,
        onLine: (line) => {
          running.log.add(line);
          emit({ type: 'step-log', step: path, name, line: displayText(line) });
        },
        onPhase: (phase) => emit({ type: 'step-phase', step: path, phase }),
        onRestore: (input) =>
          emit({ type: 'step-started', step: input.path, name: input.name, builder: builderName }),
      },
      stores,
    );
    await running.log.close();
    running.durationMs = now() - running.startedAt;
    if (outcome.type === 'infrastructure-fault') await this.#noteFault(path, builderName, outcome);
    this.#tell({ type: 'attempt-ended', attempt: id, outcome });
    // Its step was reported in there, with the last lines of its log.
    this.#attempts.delete(id);
  }

  #startAttempt(id: AttemptId, path: StorePath): RunningAttempt {
    const { emit, logFolder, now } = this.#options;
    const file = join(logFolder, `${baseName(path)}-${id}.log`);
    const log = new StepLog(file, (reason) => emit({ type: 'log-unwritable', file, reason }));
    const running = { abort: new AbortController(), startedAt: now(), log, durationMs: 0 };
    this.#attempts.set(id, running);
    return running;
  }

  /** Neither its builder nor those that its inputs come from are used on when they cannot be reached. */
  async #noteFault(
    path: StorePath,
    builder: string,
    { reason }: Extract<AttemptOutcome, { type: 'infrastructure-fault' }>,
  ): Promise<void> {
    const { emit, stores } = this.#options;
    const step = this.#step(path);
    emit({ type: 'attempt-lost', step: path, name: step.node.name, builder, reason });
    await this.#calls.suspect(new Set([this.#builder(builder).store, ...stores.sourcesOf(step)]));
  }

  #reportStep(path: StorePath, result: StepResult): void {
    const attempt = 'attempt' in result ? this.#attempts.get(result.attempt) : undefined;
    this.#options.emit({
      type: 'step-ended',
      step: path,
      name: this.#step(path).node.name,
      result,
      durationMs: attempt?.durationMs,
      logFile: attempt?.log.keptFile,
      lastLines: result.type === 'failed' ? (attempt?.log.lastLines ?? []).map(displayText) : [],
    });
  }

  #step(path: StorePath): PlannedStep {
    const step = this.#steps.get(path);
    if (step === undefined)
      throw new Error(`the scheduler named a step that nobody asked for: ${path}`);
    return step;
  }

  #builder(name: string): FarmBuilder {
    const builder = this.#builders.get(name);
    if (builder === undefined) throw new Error(`the scheduler named an unknown builder: ${name}`);
    return builder;
  }
}
