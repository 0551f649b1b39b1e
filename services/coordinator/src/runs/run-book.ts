import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import { CoordinatorError } from '../errors.ts';
import type { RunEnd, RunStatus, StepPlace } from '../messages/answer.ts';
import type { Journal } from './journal.ts';
import { KnownRun, type RunOpening } from './known-run.ts';

/** The number of finished runs that are kept, to be watched from their beginning. */
const keptEnded = 20;

/** Most steps of these together, at more than 1 KB each; the last run is kept in any case. */
const keptSteps = 50_000;

/**
 * Milliseconds that a run which was left behind waits for its command, which itself starts the next
 * coordinator.
 */
const ownerMs = 30_000;

/** What a `RunBook` needs. */
export interface RunBookOptions {
  readonly journal: Journal;
  readonly carryOut: (run: KnownRun) => Promise<RunEnd>;
  /** Called when a run, or its end, could not be written to disk. */
  readonly onUnwritten: (id: string, reason: string) => void;
  /** Called when the number of runs that are not over has changed. */
  readonly onChange: () => void;
}

/** The runs of a coordinator: those that are under way, and the last that ended. */
export class RunBook {
  readonly #options: RunBookOptions;
  readonly #runs = new Map<string, KnownRun>();
  /** The runs that have ended, in the order of their ends. */
  readonly #ended: KnownRun[] = [];
  /** Timers of the runs that were left behind and wait for their commands. */
  readonly #orphans = new Map<string, NodeJS.Timeout>();
  #isClosed = false;

  constructor(options: RunBookOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#underWay.length;
  }

  get statuses(): RunStatus[] {
    return [...this.#runs.values()].map(({ status }) => status);
  }

  /** Writes a run to disk, if that takes it, and begins it. Returns a known run as it is. */
  async start(opening: RunOpening): Promise<KnownRun> {
    const known = this.#runs.get(opening.id);
    this.#adopt(opening.id);
    if (known !== undefined) return known;
    const run = this.#add(opening);
    try {
      await this.#options.journal.write(opening);
    } catch (error) {
      // A full disk stops no build; but this run will be lost if this coordinator is killed.
      this.#options.onUnwritten(opening.id, messageOf(error));
    }
    void this.#carryOut(run);
    return run;
  }

  /**
   * Goes on with a run that another coordinator left, and that is on disk already. One that belongs
   * to a command is stopped unless the command asks for it again: it may have been killed, too.
   */
  resume(opening: RunOpening): void {
    const run = this.#add(opening);
    void this.#carryOut(run);
    if (!opening.detached)
      this.#orphans.set(
        opening.id,
        setTimeout(() => run.cancel(), ownerMs),
      );
  }

  /** Throws `unknown-run`. */
  get(id: string): KnownRun {
    const run = this.#runs.get(id);
    if (run !== undefined) return run;
    throw new CoordinatorError(
      'unknown-run',
      `no run ${id} is under way; 'dispatch status' lists those that are, and the last ones`,
    );
  }

  /**
   * Where a step is, or was, and why there. The word is the path of its derivation or of an output,
   * or its name. Looks in the runs that are under way, else in the last run with such a step.
   * Throws `unknown-step` and `ambiguous-step`.
   */
  placeOf(word: string): { readonly run: string; readonly place: StepPlace } {
    const newestFirst = [...this.#runs.values()].toReversed();
    const running = this.#underWay.toReversed();
    const run = runWith(word, running) ?? runWith(word, newestFirst);
    const among = run === undefined ? [] : run.isOver ? [run] : running;
    const steps = new Set(among.flatMap(({ placements }) => placements.called(word)));
    const [step] = steps;
    if (steps.size > 1) throw ambiguousStep(word, [...steps]);
    const place = step && run?.placements.placeOf(step);
    if (run === undefined || place === undefined) throw unknownStep(word);
    return { run: run.opening.id, place };
  }

  /** Stops a run. Throws `unknown-run`, also for one that is over. */
  cancel(id: string): void {
    const run = this.get(id);
    if (run.isOver) {
      const { state } = run.status;
      throw new CoordinatorError('unknown-run', `run ${id} is over already: it ${pastOf[state]}`);
    }
    run.cancel();
  }

  /**
   * Leaves the runs that are under way to the next coordinator: their outcome here no longer
   * counts, and nobody is told. Resolves when it is on disk that no run ended this coordinator.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const id of this.#orphans.keys()) this.#adopt(id);
    for (const run of this.#underWay) run.mute();
    for (const { opening } of this.#underWay) await this.#giveBack(opening.id);
  }

  #adopt(id: string): void {
    clearTimeout(this.#orphans.get(id));
    this.#orphans.delete(id);
  }

  get #underWay(): KnownRun[] {
    return [...this.#runs.values()].filter(({ isOver }) => !isOver);
  }

  async #giveBack(id: string): Promise<void> {
    try {
      await this.#options.journal.giveBack(id);
    } catch (error) {
      this.#options.onUnwritten(id, messageOf(error));
    }
  }

  #add(opening: RunOpening): KnownRun {
    const run = new KnownRun(opening);
    this.#runs.set(opening.id, run);
    this.#options.onChange();
    return run;
  }

  async #carryOut(run: KnownRun): Promise<void> {
    const end = await this.#options.carryOut(run);
    if (this.#isClosed) return;
    this.#adopt(run.opening.id);
    this.#remove(run.opening.id);
    run.end(end);
    this.#ended.push(run);
    this.#forgetOldest();
    this.#options.onChange();
  }

  #remove(id: string): void {
    try {
      this.#options.journal.remove(id);
    } catch (error) {
      // The next coordinator resumes it, and finds everything built.
      this.#options.onUnwritten(id, messageOf(error));
    }
  }

  #forgetOldest(): void {
    while (this.#keepsTooMuch) {
      const oldest = this.#ended.shift();
      if (oldest !== undefined) this.#runs.delete(oldest.opening.id);
    }
  }

  get #keepsTooMuch(): boolean {
    const steps = this.#ended.reduce((sum, run) => sum + run.steps, 0);
    return this.#ended.length > 1 && (this.#ended.length > keptEnded || steps > keptSteps);
  }
}

function runWith(word: string, runs: readonly KnownRun[]): KnownRun | undefined {
  return runs.find(({ placements }) => placements.called(word).length > 0);
}

function unknownStep(word: string): CoordinatorError {
  return new CoordinatorError(
    'unknown-step',
    `no run that is under way or ended not long ago was to build '${word}'; 'dispatch status' lists the runs`,
  );
}

function ambiguousStep(word: string, steps: readonly StorePath[]): CoordinatorError {
  const more = steps.length > listedSteps ? ` and ${steps.length - listedSteps} more` : '';
  return new CoordinatorError(
    'ambiguous-step',
    `'${word}' may be any of ${steps.slice(0, listedSteps).join(', ')}${more}; name one by its path`,
  );
}

const listedSteps = 20;

const pastOf: Readonly<Record<RunStatus['state'], string>> = {
  running: 'is running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
};
