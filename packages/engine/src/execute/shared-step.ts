import { displayText } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import type { AttemptOutcome } from '@dispatch/scheduler/event';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { RunEvent, StepEnded } from '../events.ts';
import { Audience } from './audience.ts';
import type { Execution } from './execution.ts';
import type { MadeOutputs } from './run-stores.ts';
import type { StepAttempt } from './step-attempt.ts';

/** How often inputs of a step may be lost before that counts as a fault of the step. */
const toleratedLosses = 10;

/**
 * A step that several runs may want: it is built once, all hear the same of it, from its beginning,
 * and all use what it made.
 */
export class SharedStep {
  readonly path: StorePath;
  readonly name: string;
  readonly audience: Audience = new Audience();
  /** In the order in which they came. */
  readonly #runs = new Set<Execution>();
  /** The last attempt. */
  #attempt: StepAttempt | undefined;
  #ended: StepEnded | undefined;
  #losses = 0;

  constructor(path: StorePath, name: string) {
    this.path = path;
    this.name = name;
  }

  get runs(): ReadonlySet<Execution> {
    return this.#runs;
  }

  /** Where its outputs are, once it was built. */
  get made(): MadeOutputs | undefined {
    return this.#attempt?.made;
  }

  /** Whether it ended without success; a run that wants it now has it tried anew. */
  get hasFailed(): boolean {
    return this.#ended !== undefined && !isGood(this.#ended.result);
  }

  /** Adds a run: it hears what happened before it came, and gets the outputs that are there. */
  join(run: Execution): void {
    const [host] = this.#runs;
    const isHeard = this.#isHeardBy(run);
    this.#runs.add(run);
    const { emit, signal } = run.work;
    const attempt = this.#attempt?.signal.aborted ? undefined : this.#attempt;
    if (attempt?.made !== undefined && host !== undefined) this.#share(attempt.made, host, run);
    if (isHeard) return;
    if (attempt === undefined) return this.audience.join(emit);
    const past = recounted(attempt.past(), this.#ended);
    run.await(this.audience.joinLate(emit, past, signal));
  }

  leave(run: Execution): void {
    this.#runs.delete(run);
    if (!this.#isHeardBy(run)) this.audience.leave(run.work.emit);
  }

  /**
   * Whether a run's listener hears of the step already: a run that restores lost inputs shares the
   * listener of the run that lost them.
   */
  #isHeardBy({ work }: Execution): boolean {
    return [...this.#runs].some((other) => other.work.emit === work.emit);
  }

  /**
   * The run for which the step is built: one that knows where the inputs are, and preferably one
   * that is not about to end.
   */
  leader(): Execution {
    const runs = [...this.#runs];
    const ready = runs.filter((run) => run.hasInputsOf(this.path));
    const candidates = ready.length > 0 ? ready : runs;
    const leader = candidates.find(({ work }) => !work.signal.aborted) ?? candidates[0];
    if (leader === undefined) throw new Error(`nobody wants ${this.path}, which is to be built`);
    return leader;
  }

  /**
   * Counts how often inputs were lost. Beyond `toleratedLosses` that is a fault of the step: machines may
   * be lost again and again, each with what was built anew.
   */
  bounded(outcome: AttemptOutcome): AttemptOutcome {
    if (outcome.type !== 'inputs-lost') return outcome;
    this.#losses += 1;
    return this.#losses <= toleratedLosses ? outcome : { ...outcome, type: 'infrastructure-fault' };
  }

  begin(attempt: StepAttempt): void {
    this.#attempt = attempt;
  }

  /** Gives what an attempt made for its leader to all other runs of the step. */
  hand(attempt: StepAttempt): void {
    const { made, leader } = attempt;
    if (made === undefined || attempt !== this.#attempt) return;
    leader.receive(this.path);
    for (const run of this.#runs) if (run !== leader) this.#share(made, leader, run);
  }

  end(result: StepResult): void {
    const wasTried = 'attempt' in result || result.type === 'faults-exhausted';
    const attempt = wasTried ? this.#attempt : undefined;
    this.#ended = {
      type: 'step-ended',
      step: this.path,
      name: this.name,
      result,
      durationMs: attempt?.durationMs,
      logFile: attempt?.log.keptFile,
      lastLines: result.type === 'failed' ? (attempt?.log.lastLines ?? []).map(displayText) : [],
    };
    this.audience.tell(this.#ended);
  }

  #share(made: MadeOutputs, host: Execution, run: Execution): void {
    if (host.work.stores === run.work.stores) return run.receive(this.path);
    run.await(host.work.stores.whileHeld(() => run.share(this.path, made)));
  }
}

async function* recounted(
  attempt: AsyncIterable<RunEvent>,
  ended: StepEnded | undefined,
): AsyncGenerator<RunEvent> {
  yield* attempt;
  if (ended !== undefined) yield ended;
}
