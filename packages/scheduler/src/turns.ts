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

/** Orders turns: highest priority of the run, then its fewest slots, then by urgency. */
export function compareTurns(a: Turn, b: Turn): number {
  return (
    b.run.priority - a.run.priority ||
    a.run.slotsUsed - b.run.slotsUsed ||
    compareUrgency(a.step, b.step)
  );
}

/**
 * The number of turns tried before giving up. Each is half as far again from the head of its queue
 * as the one before, since the most urgent steps are neighbours there; the last is the 710th.
 */
const mostLooks = 16;

/**
 * Tries the turns of a demand's steps in order and returns the first result of `take` that is not
 * undefined. Only turns that come before `other` are tried. The turn passed to `take` is reused: it
 * changes when the next one is tried.
 */
export function takeTurn<Taken>(
  { queues }: Demand,
  other: Turn | undefined,
  take: (turn: QueueTurn) => Taken | undefined,
): Taken | undefined {
  const lines = [...queues.values()].flatMap(linesOf);
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const line = firstOf(lines);
    if (line === undefined || (other !== undefined && compareTurns(other, line) <= 0)) break;
    const taken = take(line);
    if (taken !== undefined) return taken;
    if (!line.advance()) lines.splice(lines.indexOf(line), 1);
  }
  return undefined;
}

function firstOf(lines: readonly Line[]): Line | undefined {
  let first: Line | undefined;
  for (const line of lines) {
    if (first === undefined || compareTurns(line, first) < 0) first = line;
  }
  return first;
}

function linesOf(queue: ReadyQueue): Line[] {
  const first = queue.steps.first();
  return first === undefined ? [] : [new Line(queue, first)];
}

/** The position in a queue that is searched from its head; mostly only the head is looked at. */
class Line implements QueueTurn {
  readonly run: Run;
  readonly queue: ReadyQueue;
  step: Step;
  #at = 0;

  constructor(queue: ReadyQueue, first: Step) {
    this.run = queue.run;
    this.queue = queue;
    this.step = first;
  }

  /** Moves to the next step to look at; false at the end. */
  advance(): boolean {
    this.#at += 1 + (this.#at >> 1);
    const next = this.queue.steps.at(this.#at);
    if (next !== undefined) this.step = next;
    return next !== undefined;
  }
}
