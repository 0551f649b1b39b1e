/**
 * Drains simulated farms and prints what one decision costs, so that growth with the number of
 * steps and builders shows. Numbers for people, no test: they hang on the machine.
 *
 * Run: node --import tsx --conditions dispatch-source packages/scheduler/test/drain.bench.ts
 */
import type { Command } from '../src/command.ts';
import type { AttemptId, SchedulerEvent, StepRequest } from '../src/event.ts';
import { initialState } from '../src/state.ts';
import { step } from '../src/step.ts';
import { offer, request, stepId } from './driver.ts';

interface Measurement {
  readonly steps: number;
  readonly builders: number;
  readonly seconds: number;
  readonly microsecondsPerStep: number;
  readonly megabytes: number;
}

/** Up to four dependencies each, most of them near, as in a real package set. */
function graphOf(count: number): StepRequest[] {
  const random = randomNumbers(1);
  return Array.from({ length: count }, (_, at) => {
    const reach = Math.min(at, 5_000);
    const dependencies = Array.from({ length: Math.min(reach, Math.floor(random() * 5)) }, () =>
      stepId(`s${at - 1 - Math.floor(random() ** 2 * reach)}`),
    );
    return request(`s${at}`, { dependencies, weight: 1 + Math.floor(random() * 100) });
  });
}

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function drain(stepCount: number, builderCount: number): Measurement {
  const requests = graphOf(stepCount);
  const before = process.memoryUsage().heapUsed;
  const start = performance.now();
  let state = initialState();
  let done = 0;
  const running: AttemptId[] = [];
  const feed = (event: SchedulerEvent): void => {
    const transition = step(state, event);
    state = transition.state;
    done += note(transition.commands, running);
  };
  for (let at = 0; at < builderCount; at += 1) {
    const speedFactor = 1 + (at % 4);
    feed({ type: 'builder-added', builder: offer(`b${at}`, { slots: 4, speedFactor }) });
  }
  feed({ type: 'run-added', run: 'r', keepGoing: true, steps: requests });
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6;
  const random = randomNumbers(2);
  while (running.length > 0) {
    const attempt = takeAny(running, random());
    feed({ type: 'attempt-ended', attempt, outcome: { type: 'succeeded' } });
  }
  const seconds = (performance.now() - start) / 1000;
  if (done !== stepCount) throw new Error(`${done} of ${stepCount} steps ended`);
  return {
    steps: stepCount,
    builders: builderCount,
    seconds,
    microsecondsPerStep: (seconds * 1e6) / stepCount,
    megabytes,
  };
}

function note(commands: readonly Command[], running: AttemptId[]): number {
  let ended = 0;
  for (const command of commands) {
    if (command.type === 'start-attempt') running.push(command.attempt);
    if (command.type === 'step-ended') ended += 1;
  }
  return ended;
}

function takeAny(running: AttemptId[], random: number): AttemptId {
  const at = Math.floor(random * running.length);
  const taken = running[at] ?? 0;
  running[at] = running.at(-1) ?? 0;
  running.pop();
  return taken;
}

drain(20_000, 100);
const rows = [10, 1_000].flatMap((builders) =>
  [1_500, 15_000, 150_000].map((steps) => drain(steps, builders)),
);
for (const { steps, builders, seconds, microsecondsPerStep, megabytes } of rows) {
  process.stdout.write(
    `${steps} steps on ${builders} builders: ${seconds.toFixed(2)} s, ` +
      `${microsecondsPerStep.toFixed(1)} µs a step, ${megabytes.toFixed(0)} MB when added\n`,
  );
}
