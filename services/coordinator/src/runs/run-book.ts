import { messageOf } from '@dispatch/nix/message-of';
import type { StorePath } from '@dispatch/nix/store-path';
import { CoordinatorError } from '../errors.ts';
import type { RunEnd, RunStatus, StepPlace } from '../messages/answer.ts';
import type { Journal } from './journal.ts';
import { KnownRun, type RunOpening } from './known-run.ts';

/** How many runs that are over can still be watched from their beginning. */
const keptEnded = 20;

/** How many steps these may have together, each more than 1 KB: the last run is kept, however large. */
const keptSteps = 50_000;

/** How long a run that was left behind waits for its command, which starts the next coordinator itself. */
const ownerMs = 30_000;

/** What a book of runs needs. */
export interface RunBookOptions {
  readonly journal: Journal;
  readonly carryOut: (run: KnownRun) => Promise<RunEnd>;
  /** A run, or that it is over, could not be written down. */
  readonly onUnwritten: (id: string, reason: string) => void;
  /** The number of runs that are not over has changed. */
  readonly onChange: () => void;
}

/** All runs of a coordinator: those that are under way, and the last that ended. */
export class RunBook {
  readonly #options: RunBookOptions;
  readonly #runs = new Map<string, KnownRun>();
  /** In the order in which they ended. */
  readonly #ended: KnownRun[] = [];
  /** Until when runs that were left behind wait for the commands that they belong to. */
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

  /** Writes a run down, if the disk takes it, and begins with it; one that is known is given as it is. */
  async start(opening: RunOpening): Promise<KnownRun> {
    const known = this.#runs.get(opening.id);
    this.#adopt(opening.id);
    if (known !== undefined) return known;
    const run = this.#add(opening);
    try {
      await this.#options.journal.write(opening);
    } catch (error) {
      // A state disk that is full stops no build; it only cannot be gone on with after a kill.
      this.#options.onUnwritten(opening.id, messageOf(error));
    }
    void this.#carryOut(run);
    return run;
  }

  /**
   * Goes on with what another coordinator left; it is written down already. One that belongs to a command is
   * stopped unless that asks for it once more: it may have been killed at the same time.
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
   * Where a step is, or was, and why; by the path of its derivation or of an output, or its name, in the
   * runs that are under way, else in the last that had such a step. Throws `unknown-step` and
   * `ambiguous-step`.
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
   * The next coordinator goes on with what is under way: whatever becomes of it here is no end of it, and
   * nobody is told. Resolves when it is written down that no run ended this one.
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
      // The next coordinator goes on with it, and finds that all is there.
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
