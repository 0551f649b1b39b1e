import { canRun } from '@dispatch/scheduler/capability';
import type { BuilderOffer, SchedulerEvent, StepId, StepRequest } from '@dispatch/scheduler/event';
import { heldUp } from '@dispatch/scheduler/held-up';
import { PriorityQueue } from '@dispatch/scheduler/priority-queue';
import { usualWeight } from '@dispatch/scheduler/ranking';
import type { BuilderObstacles } from '@dispatch/scheduler/result';
import { initialState } from '@dispatch/scheduler/state';
import { step as schedule } from '@dispatch/scheduler/step';

/** A builder of the forecast; with a fault, or drained, it takes nothing. */
export interface ForecastBuilder {
  readonly offer: BuilderOffer;
  readonly fault: string | undefined;
  readonly isDrained?: boolean;
}

/** What can be said of a run before it is begun. */
export interface Forecast {
  /**
   * Milliseconds that the builds would take on these builders, copies not counted, where those that
   * nobody remembers take as long as the average; undefined when none is remembered.
   */
  readonly durationMs: number | undefined;
  /** How many steps no run remembers. */
  readonly unknown: number;
  /** Steps that no builder takes, with what each lacks. */
  readonly refused: ReadonlyMap<StepId, readonly BuilderObstacles[]>;
}

/**
 * Plays a run through with the scheduler itself and a clock that jumps. Which builder gets which step
 * hangs on how long each takes, and so is not told; how long the whole takes hardly does.
 */
export function forecast(
  builders: readonly ForecastBuilder[],
  steps: readonly StepRequest[],
): Forecast {
  const weights = steps.map(({ weight }) => weight).filter((weight) => weight !== undefined);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const usual = usualWeight({ sum, count: weights.length });
  const durations = new Map(steps.map(({ id, weight }) => [id, weight ?? usual]));
  const { endMs, refused } = playThrough(builders, steps, durations);
  return {
    durationMs: weights.length === 0 ? undefined : endMs,
    unknown: steps.length - weights.length,
    refused,
  };
}

interface Attempt {
  readonly id: number;
  readonly endMs: number;
}

function playThrough(
  builders: readonly ForecastBuilder[],
  steps: readonly StepRequest[],
  durations: ReadonlyMap<StepId, number>,
): { endMs: number; refused: Map<StepId, readonly BuilderObstacles[]> } {
  const running = new PriorityQueue<Attempt>((a, b) => a.endMs - b.endMs || a.id - b.id);
  const refused = new Map<StepId, readonly BuilderObstacles[]>();
  let state = initialState();
  let nowMs = 0;
  const tell = (event: SchedulerEvent): void => {
    const next = schedule(state, event);
    state = next.state;
    for (const command of next.commands) {
      if (command.type === 'start-attempt') {
        running.put({ id: command.attempt, endMs: nowMs + (durations.get(command.step) ?? 0) });
      } else if (command.type === 'step-ended' && command.result.type === 'unsupported') {
        refused.set(command.step, command.result.obstacles);
      }
    }
  };
  for (const { offer, fault, isDrained } of builders) {
    tell({ type: 'builder-added', builder: offer, fault });
    if (isDrained) tell({ type: 'builder-draining', builder: offer.name });
  }
  tell({ type: 'run-added', run: 'forecast', keepGoing: true, steps });
  for (let next = running.first(); next !== undefined; next = running.first()) {
    running.delete(next);
    nowMs = next.endMs;
    tell({ type: 'attempt-ended', attempt: next.id, outcome: { type: 'succeeded' } });
  }
  for (const { steps: held, obstacles } of heldUp(state, steps.length)) {
    for (const step of held) refused.set(step, obstacles);
  }
  return { endMs: nowMs, refused };
}

/** The builders that would take a step: any of these may get it. */
export function candidates(
  builders: readonly ForecastBuilder[],
  step: StepRequest | undefined,
): string[] {
  if (step === undefined) return [];
  return builders
    .filter(
      ({ offer, fault, isDrained }) => fault === undefined && !isDrained && canRun(offer, step),
    )
    .map(({ offer }) => offer.name);
}
