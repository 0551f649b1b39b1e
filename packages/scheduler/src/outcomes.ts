import { abandonAttempt, closeAttempt } from './attempts.ts';
import type { AttemptId, AttemptOutcome, StepId } from './event.ts';
import type { Attempt, Builder, Farm, Step } from './farm.ts';
import { judgeBuilder } from './judgement.ts';
import { madeAt } from './locality.ts';
import { restDelay } from './patience.ts';
import type { Fault } from './result.ts';
import { avoidedBuilders, failedSource, faultOf, isExhausted } from './retry.ts';
import { advance, endStep, forgetStep, hasFailed } from './steps.ts';

/** Draws the conclusions from an attempt's end: for its step, and for its builder. */
export function endAttempt(farm: Farm, id: AttemptId, outcome: AttemptOutcome): void {
  const attempt = farm.attempts.get(id);
  if (attempt === undefined) return;
  if (attempt.step.phase.type === 'running') judgeBuilder(farm, attempt, outcome);
  concludeAttempt(farm, attempt, outcome);
}

function concludeAttempt(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  closeAttempt(farm, attempt);
  const { step } = attempt;
  if (step.phase.type === 'stopping') concludeStopped(farm, attempt, outcome);
  else if (outcome.type === 'succeeded') succeed(farm, attempt, outcome);
  else if (outcome.type === 'failed') fail(farm, attempt, outcome);
  else if (outcome.type === 'inputs-lost') restoreInputs(farm, attempt, outcome.reason);
  else retry(farm, attempt, outcome);
}

/** All that runs on a builder which is gone, in the order in which it was started. */
export function loseAttempts(farm: Farm, builder: Builder, reason: string): void {
  for (const attempt of builder.attempts) {
    if (attempt.step.phase.type === 'running') abandonAttempt(farm, attempt);
    concludeAttempt(farm, attempt, { type: 'infrastructure-fault', reason });
  }
}

/**
 * What a stopped attempt says of its step is worth nothing, but for a success that came first. A
 * run may have come in the meantime that wants the step after all.
 */
function concludeStopped(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  const { step } = attempt;
  if (step.runs.length === 0) forgetStep(farm, step);
  else if (outcome.type === 'succeeded') succeed(farm, attempt, outcome);
  else startOver(farm, step);
}

/** A dependency that had to be built again may have failed while the attempt was being stopped. */
function startOver(farm: Farm, step: Step): void {
  const failed = step.dependencies.find(hasFailed);
  if (failed === undefined) tryAgain(farm, step);
  else endStep(farm, step, { type: 'dependency-failed', cause: failed.id });
}

type Success = Extract<AttemptOutcome, { type: 'succeeded' }>;

function succeed(farm: Farm, { id, step, builder }: Attempt, { outputBytes }: Success): void {
  step.outputs = madeAt(builder, outputBytes);
  endStep(farm, step, { type: 'succeeded', builder: builder.offer.name, attempt: id });
}

type Failure = Extract<AttemptOutcome, { type: 'failed' }>;

function fail(farm: Farm, { id, step, builder }: Attempt, { status, message }: Failure): void {
  const name = builder.offer.name;
  endStep(farm, step, { type: 'failed', builder: name, attempt: id, status, message });
}

function retry(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  const fault = faultOf(farm, attempt, outcome);
  countFault(farm, attempt.step, fault, hasSameSource(farm, attempt, outcome));
}

function countFault(farm: Farm, step: Step, fault: Fault, mayRecur: boolean): void {
  // Without the hub no attempt gets far, wherever it is made: that is no fault of anything else.
  if (farm.hub.type === 'down') return tryAgain(farm, step);
  step.faults = [...step.faults, fault];
  if (isExhausted(step.faults, farm.maximumFaults)) {
    endStep(farm, step, { type: 'faults-exhausted', faults: step.faults });
  } else if (wasLostEverywhere(step) || mayRecur) {
    rest(farm, step);
  } else {
    tryAgain(farm, step);
  }
}

/** Whether its inputs would come from where they were just not to be had: that is not known to be down. */
function hasSameSource(farm: Farm, { builder }: Attempt, outcome: AttemptOutcome): boolean {
  const source = failedSource(outcome, builder);
  return source !== undefined && farm.builders.get(source)?.status.type !== 'down';
}

function wasLostEverywhere({ demand, faults }: Step): boolean {
  const avoided = avoidedBuilders(faults);
  const working = [...demand.working];
  return working.length > 0 && working.every(({ offer }) => avoided.has(offer.name));
}

function rest(farm: Farm, step: Step): void {
  step.phase = { type: 'resting' };
  const afterMs = restDelay(step.faults.length);
  farm.commands.push({ type: 'rest-step', step: step.id, afterMs });
}

/** Lines a step up again that has rested. */
export function wakeStep(farm: Farm, id: StepId): void {
  const step = farm.steps.get(id);
  if (step?.phase.type === 'resting') tryAgain(farm, step);
}

/** Its slot is free meanwhile: what it needs may have to be built in that very one. */
function restoreInputs(farm: Farm, { id, step, builder }: Attempt, reason: string): void {
  step.phase = { type: 'restoring', fault: { attempt: id, builder: builder.offer.name, reason } };
  farm.commands.push({ type: 'restore-inputs', step: step.id });
}

/** What a step needs is there again, or will not be: then this was one of its tries. */
export function endRestoring(farm: Farm, id: StepId, reason: string | undefined): void {
  const step = farm.steps.get(id);
  if (step?.phase.type !== 'restoring') return;
  const { fault } = step.phase;
  if (reason === undefined) tryAgain(farm, step);
  else countFault(farm, step, { ...fault, reason }, false);
}

function tryAgain(farm: Farm, step: Step): void {
  step.phase = { type: 'waiting' };
  advance(farm, step);
}
