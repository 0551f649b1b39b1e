import { canRun } from '@dispatch/scheduler/capability';
import type {
  AttemptId,
  BuilderName,
  BuilderOffer,
  GroupId,
  GroupRequest,
  SchedulerEvent,
  StepId,
  StepRequest,
} from '@dispatch/scheduler/event';
import { heldUp } from '@dispatch/scheduler/held-up';
import { PriorityQueue } from '@dispatch/scheduler/priority-queue';
import { usualWeight } from '@dispatch/scheduler/ranking';
import type { BuilderObstacles, GroupMisfit, StepResult } from '@dispatch/scheduler/result';
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
   * Milliseconds that the builds would take on these builders, copies not counted; a build that no
   * run remembers counts as average. Undefined when none is remembered, or none can begin.
   */
  readonly durationMs: number | undefined;
  /** How many steps no run remembers. */
  readonly unknown: number;
  /** Steps that no builder takes, with what each lacks. */
  readonly refused: ReadonlyMap<StepId, readonly BuilderObstacles[]>;
  /** Groups that the builders could not hold at once. */
  readonly misfits: ReadonlyMap<GroupId, GroupMisfit>;
}

/**
 * Plays a run through with the scheduler itself and a clock that jumps. Which builder gets which
 * step depends on how long each takes, and so is not told; how long the whole run takes hardly
 * does.
 */
export function forecast(
  builders: readonly ForecastBuilder[],
  steps: readonly StepRequest[],
  groups: readonly GroupRequest[] = [],
): Forecast {
  const weights = steps.map(({ weight }) => weight).filter((weight) => weight !== undefined);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const usual = usualWeight({ sum, count: weights.length });
  const durations = new Map(steps.map(({ id, weight }) => [id, weight ?? usual]));
  const { endMs, refused, misfits } = playThrough(builders, { steps, groups, durations });
  return {
    durationMs: weights.length === 0 || endMs === 0 ? undefined : endMs,
    unknown: steps.length - weights.length,
    refused,
    misfits,
  };
}

interface Attempt {
  readonly id: number;
  readonly endMs: number;
}

interface Play {
  readonly steps: readonly StepRequest[];
  readonly groups: readonly GroupRequest[];
  readonly durations: ReadonlyMap<StepId, number>;
}

function playThrough(
  builders: readonly ForecastBuilder[],
  { steps, groups, durations }: Play,
): Pick<Forecast, 'refused' | 'misfits'> & { readonly endMs: number } {
  const running = new PriorityQueue<Attempt>((a, b) => a.endMs - b.endMs || a.id - b.id);
  const refused = new Map<StepId, readonly BuilderObstacles[]>();
  const misfits = new Map<GroupId, GroupMisfit>();
  let state = initialState();
  let nowMs = 0;
  const begin = (id: AttemptId, step: StepId): void =>
    running.put({ id, endMs: nowMs + (durations.get(step) ?? 0) });
  const note = (step: StepId, result: StepResult): void => {
    if (result.type === 'unsupported') refused.set(step, result.obstacles);
    if (result.type === 'group-unfit') misfits.set(result.group, result.misfit);
  };
  const tell = (event: SchedulerEvent): void => {
    const next = schedule(state, event);
    state = next.state;
    for (const command of next.commands) {
      if (command.type === 'start-attempt') begin(command.attempt, command.step);
      else if (command.type === 'start-group') {
        for (const { attempt, step } of command.attempts) begin(attempt, step);
        tell({ type: 'group-started', group: command.group });
      } else if (command.type === 'commit-group') {
        tell({ type: 'group-committed', group: command.group });
      } else if (command.type === 'step-ended') note(command.step, command.result);
    }
  };
  for (const { offer, fault, isDrained } of builders) {
    tell({ type: 'builder-added', builder: offer, fault });
    if (isDrained) tell({ type: 'builder-draining', builder: offer.name });
  }
  tell({ type: 'run-added', run: 'forecast', keepGoing: true, steps, groups });
  for (let next = running.first(); next !== undefined; next = running.first()) {
    running.delete(next);
    nowMs = next.endMs;
    tell({ type: 'attempt-ended', attempt: next.id, outcome: { type: 'succeeded' } });
  }
  for (const { steps: held, obstacles } of heldUp(state, steps.length)) {
    for (const step of held) refused.set(step, obstacles);
  }
  return { endMs: nowMs, refused, misfits };
}

/**
 * The builders that would take a step: any of these may get it. `among`, if given, are the only
 * ones that may.
 */
export function candidates(
  builders: readonly ForecastBuilder[],
  step: StepRequest | undefined,
  among?: readonly BuilderName[],
): string[] {
  if (step === undefined) return [];
  return builders
    .filter(
      ({ offer, fault, isDrained }) => fault === undefined && !isDrained && canRun(offer, step),
    )
    .map(({ offer }) => offer.name)
    .filter((name) => among === undefined || among.includes(name));
}
