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

/**
 * So many turns are looked at for one that can be had at once. Each is half as far again from the head of
 * its queue as the one before: those that matter most are neighbours, and the last is the 710th.
 */
const mostLooks = 16;

/**
 * What `take` makes of the first turn that it can make anything of, of those who ask for the same; only
 * turns that come before the other one are tried. What it is given is the next turn afterwards.
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

/** A queue that is looked through from its head on; mostly the head is all that is looked at. */
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

  /** Goes on to the next that is looked at; whether there is one. */
  advance(): boolean {
    this.#at += 1 + (this.#at >> 1);
    const next = this.queue.steps.at(this.#at);
    if (next !== undefined) this.step = next;
    return next !== undefined;
  }
}
