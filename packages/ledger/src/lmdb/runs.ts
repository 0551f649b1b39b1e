import type { StorePath } from '@dispatch/nix/store-path';
import { duplicateRun, unknownRun } from '../errors.ts';
import { type KeptRun, type Retention, runsToDrop } from '../retention.ts';
import type {
  RunRecord,
  RunStart,
  RunSummary,
  StepIdentity,
  StepOfRun,
  StepRecord,
} from '../run-record.ts';
import type { DurationQuery, RunEnd, Runs } from '../runs.ts';
import { stepIdentity } from '../step-identity.ts';
import type { RunHeader } from '../stored-values.ts';
import type { LmdbEnvironment } from './environment.ts';
import { isAlive, ownMark, stateOf } from './process-mark.ts';
import { durationKeys, RunTables } from './run-tables.ts';

/** Runs in LMDB. A run belongs to the process that began it, and is interrupted once that is gone. */
export class LmdbRuns implements Runs {
  readonly #environment: LmdbEnvironment;
  readonly #tables: RunTables;
  readonly #retention: Retention;

  constructor(environment: LmdbEnvironment, retention: Retention) {
    this.#environment = environment;
    this.#tables = new RunTables(environment);
    this.#retention = retention;
  }

  async begin({ id, startedAt, roots }: RunStart): Promise<void> {
    const header: RunHeader = {
      id,
      startedAt,
      owner: ownMark(),
      stepCount: 0,
      finishedAt: undefined,
      outcome: undefined,
    };
    this.#environment.write(() => {
      const run = this.#tables.numberOf(id);
      if (run !== undefined) return this.#takeOver(run, id);
      this.#tables.add(header, roots);
      this.#prune();
    });
  }

  async recordSteps(runId: string, steps: readonly StepRecord[]): Promise<void> {
    this.#environment.write(() => {
      const { run, header } = this.#existing(runId);
      steps.forEach((step, index) => {
        this.#tables.addStep([run, header.stepCount + index], step);
      });
      this.#tables.putHeader(run, { ...header, stepCount: header.stepCount + steps.length });
    });
  }

  async finish(runId: string, { outcome, finishedAt }: RunEnd): Promise<void> {
    this.#environment.write(() => {
      const { run, header } = this.#existing(runId);
      this.#tables.putHeader(run, { ...header, outcome, finishedAt });
    });
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    return this.#environment.read(() => {
      const run = this.#tables.numberOf(runId);
      const summary = run === undefined ? undefined : this.#summary(run);
      if (run === undefined || summary === undefined) return undefined;
      return { ...summary, steps: this.#tables.steps(run) };
    });
  }

  async recent(count: number): Promise<readonly RunSummary[]> {
    return this.#environment.read(() =>
      this.#tables
        .newest(count)
        .map((run) => this.#summary(run))
        .filter((summary) => summary !== undefined),
    );
  }

  async lastDurations(asked: readonly DurationQuery[]): Promise<readonly (number | undefined)[]> {
    return this.#environment.read(() =>
      asked.map(({ drvPath, name, system }) => {
        const [own, sameName] = durationKeys({ original: drvPath, name, system });
        return this.#tables.lastDuration(own) ?? this.#tables.lastDuration(sameName);
      }),
    );
  }

  async stepsOfPath(path: StorePath): Promise<readonly StepIdentity[]> {
    return this.#environment.read(() => this.#tables.stepsOfPath(path).map(stepIdentity));
  }

  async recordsOfPath(path: StorePath): Promise<readonly StepOfRun[]> {
    return this.#environment.read(() => this.#tables.recordsOfPath(path));
  }

  /**
   * Continues a run whose process is gone, under its id. Throws `duplicate-run` if that is alive.
   */
  #takeOver(run: number, id: string): void {
    const header = this.#tables.header(run);
    if (header === undefined || isAlive(header.owner)) throw duplicateRun(id);
    const begun = { ...header, owner: ownMark(), outcome: undefined, finishedAt: undefined };
    this.#tables.putHeader(run, begun);
  }

  #existing(runId: string): { readonly run: number; readonly header: RunHeader } {
    const run = this.#tables.numberOf(runId);
    const header = run === undefined ? undefined : this.#tables.header(run);
    if (run === undefined || header === undefined) throw unknownRun(runId);
    return { run, header };
  }

  #summary(run: number): RunSummary | undefined {
    const header = this.#tables.header(run);
    if (header === undefined) return undefined;
    const { id, startedAt, finishedAt, stepCount, outcome, owner } = header;
    const roots = this.#tables.roots(run);
    return { id, startedAt, roots, state: stateOf(outcome, owner), finishedAt, stepCount };
  }

  #prune(): void {
    const dropped = [...runsToDrop(this.#kept(), this.#tables.counts, this.#retention)];
    for (const { run } of dropped) this.#tables.remove(run);
  }

  *#kept(): Iterable<KeptRun & { readonly run: number }> {
    for (const { run, stepCount, outcome, owner } of this.#tables.headers()) {
      yield { run, stepCount, running: stateOf(outcome, owner) === 'running' };
    }
  }
}
