import type { StorePath } from '@dispatch/nix/store-path';
import { duplicateRun, unknownRun } from '../errors.ts';
import { type Retention, runsToDrop } from '../retention.ts';
import type {
  RunRecord,
  RunStart,
  RunSummary,
  StepIdentity,
  StepOfRun,
  StepRecord,
} from '../run-record.ts';
import type { DurationQuery, RunEnd, Runs } from '../runs.ts';
import { stepIdentity, stepPaths } from '../step-identity.ts';

interface MemoryRun {
  readonly start: RunStart;
  readonly steps: StepRecord[];
  end: RunEnd | undefined;
}

/**
 * Runs in this process's memory: the plainest implementation of the port, which others must match.
 */
export class MemoryRuns implements Runs {
  readonly #retention: Retention;
  /** Oldest first. */
  #runs: MemoryRun[] = [];

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  async begin(start: RunStart): Promise<void> {
    if (this.#runs.some((run) => run.start.id === start.id)) throw duplicateRun(start.id);
    this.#runs.push({ start, steps: [], end: undefined });
    this.#prune();
  }

  async recordSteps(runId: string, steps: readonly StepRecord[]): Promise<void> {
    this.#existing(runId).steps.push(...steps);
  }

  async finish(runId: string, end: RunEnd): Promise<void> {
    this.#existing(runId).end = end;
  }

  async get(runId: string): Promise<RunRecord | undefined> {
    const run = this.#runs.find(({ start }) => start.id === runId);
    return run === undefined ? undefined : { ...summary(run), steps: [...run.steps] };
  }

  async recent(count: number): Promise<readonly RunSummary[]> {
    return this.#runs.toReversed().slice(0, count).map(summary);
  }

  async lastDurations(asked: readonly DurationQuery[]): Promise<readonly (number | undefined)[]> {
    const built = this.#newestSteps().filter(
      ({ status, durationMs }) => status === 'built' && durationMs !== undefined,
    );
    return asked.map((query) => {
      const last =
        built.find((step) => step.original === query.drvPath) ??
        built.find((step) => step.name === query.name && step.system === query.system);
      return last?.durationMs;
    });
  }

  async stepsOfPath(path: StorePath): Promise<readonly StepIdentity[]> {
    const found = new Map<string, StepIdentity>();
    for (const step of this.#newestSteps()) {
      const key = `${step.original}\n${step.rewritten}`;
      if (stepPaths(step).includes(path) && !found.has(key)) found.set(key, stepIdentity(step));
    }
    return [...found.values()];
  }

  async recordsOfPath(path: StorePath): Promise<readonly StepOfRun[]> {
    const steps = this.#runs.flatMap(({ start, steps: ofRun }) =>
      ofRun.map((step) => ({ ...step, run: start.id })),
    );
    return steps.filter((step) => stepPaths(step).includes(path)).toReversed();
  }

  #newestSteps(): StepRecord[] {
    return this.#runs.flatMap((run) => run.steps).toReversed();
  }

  #existing(runId: string): MemoryRun {
    const run = this.#runs.find(({ start }) => start.id === runId);
    if (run === undefined) throw unknownRun(runId);
    return run;
  }

  #prune(): void {
    const kept = this.#runs.map((run) => ({
      run,
      stepCount: run.steps.length,
      running: run.end === undefined,
    }));
    const steps = kept.reduce((sum, { stepCount }) => sum + stepCount, 0);
    const all = { runs: kept.length, steps };
    const dropped = new Set([...runsToDrop(kept, all, this.#retention)].map(({ run }) => run));
    this.#runs = this.#runs.filter((run) => !dropped.has(run));
  }
}

function summary({ start, steps, end }: MemoryRun): RunSummary {
  return {
    ...start,
    state: end?.outcome ?? 'running',
    finishedAt: end?.finishedAt,
    stepCount: steps.length,
  };
}
