import type { MemberAttempt } from './command.ts';
import { dequeue, updateFreeSlots } from './demands.ts';
import type { Attempt, Choice, Farm, Run, Step } from './farm.ts';
import { noteInputsAt } from './locality.ts';
import { returnUnits, takeUnits } from './resources.ts';
import type { Turn } from './turns.ts';

/** Starts the step of this turn at the chosen builder, and charges the slot to the turn's run. */
export function startStep(farm: Farm, { step, run }: Turn, choice: Choice): Attempt {
  dequeue(step);
  const attempt = openAttempt(farm, step, choice, run);
  farm.commands.push({ type: 'start-attempt', ...names(attempt) });
  return attempt;
}

/** Gives the step a slot of the chosen builder, charged to one of the runs that want it. */
export function openAttempt(farm: Farm, step: Step, choice: Choice, run: Run): Attempt {
  const { builder } = choice;
  farm.lastAttempt += 1;
  const id = farm.lastAttempt;
  const attempt: Attempt = { id, step, builder, chargedTo: run, awaitedBy: [], choice };
  farm.attempts.set(id, attempt);
  run.slotsUsed += 1;
  builder.attempts.add(attempt);
  takeUnits(builder, step.demand);
  updateFreeSlots(builder);
  noteInputsAt(builder, step);
  step.phase = { type: 'running', attempt };
  return attempt;
}

/** Charges the attempt's slot to another run that wants the step. */
export function chargeTo(attempt: Attempt, run: Run): void {
  attempt.chargedTo.slotsUsed -= 1;
  attempt.chargedTo = run;
  run.slotsUsed += 1;
}

/** Asks for an attempt to be stopped, whose slot stays taken until it has ended. */
export function stopAttempt(farm: Farm, attempt: Attempt): void {
  attempt.step.phase = { type: 'stopping', attempt };
  abandonAttempt(farm, attempt);
}

/** Asks for an attempt to be stopped without waiting for its end. */
export function abandonAttempt(farm: Farm, attempt: Attempt): void {
  farm.commands.push({ type: 'cancel-attempt', ...names(attempt) });
}

/** Keeps the run open until the attempt has ended. */
export function awaitAttempt(attempt: Attempt, run: Run): void {
  attempt.awaitedBy.push(run);
  run.stoppingAttempts += 1;
}

/** Gives the slot back and tells the runs that wait for the attempt's end. */
export function closeAttempt(farm: Farm, attempt: Attempt): void {
  farm.attempts.delete(attempt.id);
  farm.roomVersion += 1;
  attempt.chargedTo.slotsUsed -= 1;
  attempt.builder.attempts.delete(attempt);
  returnUnits(attempt.builder, attempt.step.demand);
  updateFreeSlots(attempt.builder);
  for (const run of attempt.awaitedBy) {
    run.stoppingAttempts -= 1;
    farm.unsettledRuns.add(run);
  }
}

/** The attempt as commands name it. */
export function names({ id, step, builder }: Attempt): MemberAttempt {
  return { attempt: id, step: step.id, builder: builder.offer.name };
}
