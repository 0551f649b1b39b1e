import { displayText } from '@dispatch/nix/byte-string';
import type { StorePath } from '@dispatch/nix/store-path';
import type { AttemptOutcome } from '@dispatch/scheduler/event';
import { isGood, type StepResult } from '@dispatch/scheduler/result';
import type { RunEvent, StepEnded } from '../events.ts';
import { Audience } from './audience.ts';
import type { Execution } from './execution.ts';
import type { MadeOutputs } from './run-stores.ts';
import type { StepAttempt } from './step-attempt.ts';

/** How often what a step needs may be lost before that counts against it. */
const toleratedLosses = 10;

/**
 * A step as the runs share it that want it: it is built once, all hear the same of it, from its
 * beginning, and each relies on what came of it.
 */
export class SharedStep {
  readonly path: StorePath;
  readonly name: string;
  readonly audience: Audience = new Audience();
  /** In the order in which they came. */
  readonly #runs = new Set<Execution>();
  /** The last one. */
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

  /** It came to nothing: whoever wants it now wants it tried anew. */
  get hasFailed(): boolean {
    return this.#ended !== undefined && !isGood(this.#ended.result);
  }

  /** Lets a run take part: it hears what was before it came, and has what is there. */
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

  /** What was lost is built again in a run beside the one that lost it, and those who listen are the same. */
  #isHeardBy({ work }: Execution): boolean {
    return [...this.#runs].some((other) => other.work.emit === work.emit);
  }

  /**
   * For whom it is built: a run that knows where the inputs are, and rather not one that is about to
   * end.
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
   * Machines may be lost again and again, each with what was built anew: in the end that counts as one
   * of the step's faults.
   */
  bounded(outcome: AttemptOutcome): AttemptOutcome {
    if (outcome.type !== 'inputs-lost') return outcome;
    this.#losses += 1;
    return this.#losses <= toleratedLosses ? outcome : { ...outcome, type: 'infrastructure-fault' };
  }

  begin(attempt: StepAttempt): void {
    this.#attempt = attempt;
  }

  /** What an attempt made on behalf of one of the runs is there for all of them. */
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
