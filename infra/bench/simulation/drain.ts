import type { Command } from '@dispatch/scheduler/command';
import type { AttemptId, BuilderOffer, SchedulerEvent } from '@dispatch/scheduler/event';
import { initialState } from '@dispatch/scheduler/state';
import { step } from '@dispatch/scheduler/step';
import { farmOf } from './farm-of.ts';
import { randomNumbers } from './seeded.ts';
import { syntheticGraph } from './synthetic-graph.ts';

/** What it costs the scheduler alone to plan a graph and see it built. */
export interface DrainCost {
  readonly steps: number;
  readonly builders: number;
  /** Processor time of the whole, in seconds. */
  readonly cpuSeconds: number;
  /** Of that, per step: to take it in, link it, rank it, and line it up if it is ready. */
  readonly microsecondsToPlan: number;
  /** And per step: to note its end, line up what waited for it, and place another one. */
  readonly microsecondsToDecide: number;
  /** Memory that the scheduler holds per step while all wait, beside the requests themselves. */
  readonly bytesPerWaitingStep: number;
}

/** How many steps are measured at least, so that a small graph is measured as surely as a large one. */
const enough = 150_000;

/** Plans the graph and drains it, small ones several times; attempts end in any order. */
export function drain(steps: number, builders: number): DrainCost {
  const times = Math.ceil(enough / steps);
  const requests = syntheticGraph(steps);
  const offers = farmOf(builders, 4, [1, 2, 3, 4]);
  const bytes = heldBy(() => {
    const scheduler = new DrainedScheduler(offers);
    // Has all steps wait.
    for (const { name } of offers) scheduler.tell({ type: 'builder-draining', builder: name });
    scheduler.tell({ type: 'run-added', run: 'r', keepGoing: true, steps: requests });
    return scheduler;
  });
  const planning = new Stopwatch();
  const deciding = new Stopwatch();
  for (let time = 0; time < times; time += 1) {
    const scheduler = new DrainedScheduler(offers);
    planning.time(() => {
      scheduler.tell({ type: 'run-added', run: 'r', keepGoing: true, steps: requests });
    });
    deciding.time(() => scheduler.drain());
    if (scheduler.ended !== steps) throw new Error(`${scheduler.ended} of ${steps} steps ended`);
  }
  return {
    steps,
    builders,
    cpuSeconds: (planning.cpuSeconds + deciding.cpuSeconds) / times,
    microsecondsToPlan: (planning.cpuSeconds * 1e6) / (steps * times),
    microsecondsToDecide: (deciding.cpuSeconds * 1e6) / (steps * times),
    bytesPerWaitingStep: bytes / steps,
  };
}

class DrainedScheduler {
  readonly #running: AttemptId[] = [];
  readonly #random = randomNumbers(2);
  #state = initialState();
  ended = 0;

  constructor(offers: readonly BuilderOffer[]) {
    for (const builder of offers) this.tell({ type: 'builder-added', builder });
  }

  tell(event: SchedulerEvent): void {
    const { state, commands } = step(this.#state, event);
    this.#state = state;
    for (const command of commands) this.#note(command);
  }

  drain(): void {
    while (this.#running.length > 0) {
      const attempt = this.#takeAny();
      this.tell({ type: 'attempt-ended', attempt, outcome: { type: 'succeeded' } });
    }
  }

  #note(command: Command): void {
    if (command.type === 'start-attempt') this.#running.push(command.attempt);
    if (command.type === 'step-ended') this.ended += 1;
  }

  #takeAny(): AttemptId {
    const at = Math.floor(this.#random() * this.#running.length);
    const taken = this.#running[at] ?? 0;
    this.#running[at] = this.#running.at(-1) ?? 0;
    this.#running.pop();
    return taken;
  }
}

/** Processor time of this process, garbage collection in other threads included. */
class Stopwatch {
  cpuSeconds = 0;

  time(work: () => void): void {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    this.cpuSeconds += (user + system) / 1e6;
  }
}

/** Bytes of memory that the made value keeps in use. */
function heldBy(make: () => unknown): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const made = [make()];
  collectGarbage();
  const held = process.memoryUsage().heapUsed - before;
  made.pop();
  return held;
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('run node with --expose-gc');
  globalThis.gc();
}
