import type { BuiltOutput } from '@dispatch/ledger/built-outputs';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { RunOutcome, StepIdentity, StepRecord, StepStatus } from '@dispatch/ledger/run-record';
import { stepIdentity } from '@dispatch/ledger/step-identity';
import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import type { StepResult } from '@dispatch/scheduler/result';
import type { EventSink, RunEvent, StepEnded } from '../events.ts';
import type { WantedRoot } from '../plan/wanted-roots.ts';

/**
 * Milliseconds for which steps are gathered, since each write waits for the disk. A step that took
 * longer than that is written at once, or as soon as the write before it is on disk: should the
 * process be killed, next to nothing that took long is built again.
 */
const gatherMs = 500;

/**
 * Keeps the record of a run in the ledger, from its events. A full disk is told of once and stops
 * no build.
 */
export class RunRecorder {
  readonly #id: string;
  readonly #ledger: Pick<Ledger, 'runs' | 'built'>;
  readonly #emit: EventSink;
  readonly #identities = new Map<StorePath, StepIdentity>();
  #hasBegun = false;
  #gathered: StepRecord[] = [];
  #built: BuiltOutput[] = [];
  #timer: NodeJS.Timeout | undefined;
  #lastWrite: Promise<void> = Promise.resolve();
  #isFlushDue = false;
  #told = false;

  constructor(id: string, ledger: Pick<Ledger, 'runs' | 'built'>, emit: EventSink) {
    this.#id = id;
    this.#ledger = ledger;
    this.#emit = emit;
  }

  /**
   * Records the run before any of its steps is built, so that a run that is killed is still seen.
   * Called again, it adds steps: a run whose groups get another try has further ones.
   */
  async begin(
    startedAt: number,
    roots: readonly WantedRoot[],
    steps: readonly StepIdentity[],
  ): Promise<void> {
    for (const step of steps) this.#identities.set(step.rewritten, step);
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    const pairs = roots.map(({ original, path }) => ({ original, rewritten: path }));
    await this.#write(() => this.#ledger.runs.begin({ id: this.#id, startedAt, roots: pairs }));
  }

  /** Takes notice of an event; those that say nothing for the record are passed over. */
  observe(event: RunEvent): void {
    if (event.type !== 'step-ended') return;
    const identity = this.#identities.get(event.step);
    if (identity === undefined) return;
    this.#gathered.push({ ...stepIdentity(identity), ...settled(event) });
    if ((event.durationMs ?? 0) > gatherMs) this.#flushNext();
    else this.#flushSoon();
  }

  /** Records what builders made, so that later runs recognise it. */
  noteBuilt(outputs: readonly BuiltOutput[]): void {
    this.#built.push(...outputs);
    this.#flushSoon();
  }

  /** Records how the run ended; nothing is kept of one that never began. */
  async finish(outcome: RunOutcome, finishedAt: number): Promise<void> {
    if (!this.#hasBegun) return;
    await this.flush();
    await this.#write(() => this.#ledger.runs.finish(this.#id, { outcome, finishedAt }));
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs);
  }

  #flushNext(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    void this.#lastWrite.then(() => {
      this.#isFlushDue = false;
      return this.flush();
    });
  }

  /** Writes what was noted so far; it is in the ledger when this resolves. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const built = this.#built;
    const steps = this.#gathered;
    this.#built = [];
    this.#gathered = [];
    if (built.length > 0) void this.#write(() => this.#ledger.built.record(built));
    if (steps.length === 0) return this.#lastWrite;
    return this.#write(() => this.#ledger.runs.recordSteps(this.#id, steps));
  }

  #write(write: () => Promise<void>): Promise<void> {
    this.#lastWrite = this.#lastWrite.then(write).catch((error: unknown) => {
      if (!this.#told) this.#emit({ type: 'record-unwritable', reason: messageOf(error) });
      this.#told = true;
    });
    return this.#lastWrite;
  }
}

function settled({ result, durationMs, logFile }: StepEnded): Omit<StepRecord, keyof StepIdentity> {
  return { status: statuses[result.type], builder: builderOf(result), durationMs, logFile };
}

/** The builder of a step; the last one, where several lost it. */
function builderOf(result: StepResult): string | undefined {
  if (result.type === 'faults-exhausted') return result.faults.at(-1)?.builder;
  return 'builder' in result ? result.builder : undefined;
}

const statuses: Readonly<Record<StepResult['type'], StepStatus>> = {
  succeeded: 'built',
  failed: 'failed',
  'faults-exhausted': 'failed',
  unsupported: 'failed',
  'dependency-failed': 'dependency-failed',
  'group-failed': 'dependency-failed',
  'group-lost': 'failed',
  'group-unfit': 'failed',
  'group-timeout': 'failed',
  cancelled: 'cancelled',
};
