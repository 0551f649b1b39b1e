import { abandonAttempt, closeAttempt } from './attempts.ts';
import type { AttemptOutcome } from './event.ts';
import type { Attempt, Builder, Farm, Step } from './farm.ts';
import type { Fault } from './result.ts';
import { isExhausted } from './retry.ts';
import { advance, endStep, forgetStep, hasFailed } from './steps.ts';

/** Draws the conclusion from an attempt's end. */
export function concludeAttempt(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  closeAttempt(farm, attempt);
  const { step } = attempt;
  if (step.phase.type === 'stopping') concludeStopped(farm, attempt, outcome);
  else if (outcome.type === 'succeeded') succeed(farm, attempt);
  else if (outcome.type === 'failed') fail(farm, attempt, outcome);
  else retry(farm, step, faultOf(attempt, outcome));
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
  else if (outcome.type === 'succeeded') succeed(farm, attempt);
  else startOver(farm, step);
}

/** A dependency that had to be built again may have failed while the attempt was being stopped. */
function startOver(farm: Farm, step: Step): void {
  const failed = step.dependencies.find(hasFailed);
  if (failed === undefined) tryAgain(farm, step);
  else endStep(farm, step, { type: 'dependency-failed', cause: failed.id });
}

function succeed(farm: Farm, { id, step, builder }: Attempt): void {
  endStep(farm, step, { type: 'succeeded', builder: builder.offer.name, attempt: id });
}

type Failure = Extract<AttemptOutcome, { type: 'failed' }>;

function fail(farm: Farm, { id, step, builder }: Attempt, { status, message }: Failure): void {
  const name = builder.offer.name;
  endStep(farm, step, { type: 'failed', builder: name, attempt: id, status, message });
}

function retry(farm: Farm, step: Step, fault: Fault): void {
  step.faults = [...step.faults, fault];
  if (isExhausted(step.faults, farm.maximumFaults)) {
    endStep(farm, step, { type: 'faults-exhausted', faults: step.faults });
  } else {
    tryAgain(farm, step);
  }
}

function tryAgain(farm: Farm, step: Step): void {
  step.phase = { type: 'waiting' };
  advance(farm, step);
}

function faultOf({ id, builder }: Attempt, outcome: AttemptOutcome): Fault {
  const reason =
    outcome.type === 'infrastructure-fault' ? outcome.reason : 'it was stopped unasked';
  return { attempt: id, builder: builder.offer.name, reason };
}
