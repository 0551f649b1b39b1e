import type { Demand, ReadyQueue, Run, Step } from './farm.ts';
import { compareUrgency } from './ranking.ts';

/** A step's turn, on behalf of one of the runs that want it. */
export interface Turn {
  readonly run: Run;
  readonly step: Step;
}

/** The turn of a step that is in line by itself. */
export interface QueueTurn extends Turn {
  readonly queue: ReadyQueue;
}

/** The run of the highest priority first, of equal ones the one with the fewest slots, then by urgency. */
export function compareTurns(a: Turn, b: Turn): number {
  return (
    b.run.priority - a.run.priority ||
    a.run.slotsUsed - b.run.slotsUsed ||
    compareUrgency(a.step, b.step)
  );
}

/** So many turns are looked at, of all the steps that are ready, for one that can be had at once. */
const farthestLook = 32;

/** The next turns of those who ask for the same, in order; where very many wait, some are left out after the first. */
export function* turnsOf({ queues }: Demand): Iterable<QueueTurn> {
  const lines = [...queues.values()].map((queue) => new Line(queue));
  for (let looks = 0; looks < farthestLook; looks += 1) {
    const line = firstOf(lines);
    if (line?.turn === undefined) return;
    yield line.turn;
    line.advance();
  }
}

function firstOf(lines: readonly Line[]): Line | undefined {
  let first: Line | undefined;
  for (const line of lines) {
    if (line.turn === undefined) continue;
    if (first?.turn === undefined || compareTurns(line.turn, first.turn) < 0) first = line;
  }
  return first;
}

/** A queue that is looked through from its head on; mostly the head is all that is looked at. */
class Line {
  readonly #queue: ReadyQueue;
  #steps: readonly Step[] | undefined;
  #at = 0;
  #turn: QueueTurn | undefined;

  constructor(queue: ReadyQueue) {
    this.#queue = queue;
    this.#setStep(queue.steps.first());
  }

  /** Undefined after the last one. */
  get turn(): QueueTurn | undefined {
    return this.#turn;
  }

  advance(): void {
    this.#steps ??= this.#queue.steps.firstAbout(farthestLook);
    this.#at += 1;
    this.#setStep(this.#steps[this.#at]);
  }

  #setStep(step: Step | undefined): void {
    this.#turn = step && { run: this.#queue.run, step, queue: this.#queue };
  }
}
