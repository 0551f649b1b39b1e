import { updateFreeSlots } from './demands.ts';
import type { AttemptId, BuilderName, StepId } from './event.ts';
import type { Attempt, Builder, Farm, Run, Step } from './farm.ts';

/** Gives the step a slot of the builder. */
export function startAttempt(farm: Farm, step: Step, builder: Builder): void {
  farm.lastAttempt += 1;
  const attempt: Attempt = { id: farm.lastAttempt, step, builder, awaitedBy: [] };
  farm.attempts.set(attempt.id, attempt);
  builder.attempts.add(attempt);
  updateFreeSlots(builder);
  step.phase = { type: 'running', attempt };
  farm.commands.push({ type: 'start-attempt', ...names(attempt) });
}

/** Asks for an attempt that nobody wants any longer to be stopped. */
export function stopAttempt(farm: Farm, attempt: Attempt): void {
  attempt.step.phase = { type: 'stopping', attempt };
  abandonAttempt(farm, attempt);
}

/** Asks for an attempt to be stopped whose end will not be waited for. */
export function abandonAttempt(farm: Farm, attempt: Attempt): void {
  farm.commands.push({ type: 'cancel-attempt', ...names(attempt) });
}

/** Keeps the run open until the attempt has ended. */
export function awaitAttempt(attempt: Attempt, run: Run): void {
  attempt.awaitedBy.push(run);
  run.stoppingAttempts += 1;
}

/** Gives the slot back and tells the runs that wait for this. */
export function closeAttempt(farm: Farm, attempt: Attempt): void {
  farm.attempts.delete(attempt.id);
  attempt.builder.attempts.delete(attempt);
  updateFreeSlots(attempt.builder);
  for (const run of attempt.awaitedBy) {
    run.stoppingAttempts -= 1;
    farm.unsettledRuns.add(run);
  }
}

interface Names {
  readonly attempt: AttemptId;
  readonly step: StepId;
  readonly builder: BuilderName;
}

function names({ id, step, builder }: Attempt): Names {
  return { attempt: id, step: step.id, builder: builder.offer.name };
}
