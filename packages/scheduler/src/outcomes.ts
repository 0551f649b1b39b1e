import { abandonAttempt, closeAttempt } from './attempts.ts';
import type { AttemptId, AttemptOutcome, StepId } from './event.ts';
import type { Attempt, Builder, Farm, Step } from './farm.ts';
import { concludeGroup, loseGroup, sendBack } from './groups/end-group.ts';
import { endMember, lossReason } from './groups/end-member.ts';
import { isMember, isOpenTo } from './groups/group.ts';
import { blockGroup } from './groups/line-up.ts';
import { judgeBuilder } from './judgement.ts';
import { madeAt } from './locality.ts';
import { restDelay } from './patience.ts';
import type { Fault, StepResult } from './result.ts';
import { avoidedBuilders, failedSource, faultOf, isExhausted } from './retry.ts';
import { settle } from './settle.ts';
import { advance, endStep, forgetStep, hasFailed } from './steps.ts';

/** Ends an attempt: judges its builder, and decides what becomes of its step. */
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
  else if (isMember(step)) concludeMember(farm, attempt, outcome);
  else concludeStep(farm, attempt, outcome);
}

function concludeStep(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  if (outcome.type === 'succeeded') succeed(farm, attempt, outcome);
  else if (outcome.type === 'failed') fail(farm, attempt, outcome);
  else if (outcome.type === 'inputs-lost') restoreInputs(farm, attempt);
  else retry(farm, attempt, outcome);
}

/**
 * Ends a member's attempt. If it is lost before the group has started, the whole group goes back
 * into line, and the member is tried again like any other step.
 */
function concludeMember(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  const { step } = attempt;
  const isOver = outcome.type === 'succeeded' || outcome.type === 'failed';
  if (isOver || step.group?.phase.type !== 'starting') return endMember(farm, attempt, outcome);
  step.phase = { type: 'waiting' };
  sendBack(farm, step.group, lossReason(outcome));
  concludeStep(farm, attempt, outcome);
}

/**
 * Ends all attempts on a builder that is gone, in the order of their start. Settles after each,
 * since its end may leave nobody who wants the next.
 */
export function loseAttempts(farm: Farm, builder: Builder, reason: string): void {
  for (const attempt of builder.attempts) {
    if (attempt.step.phase.type === 'running') abandonAttempt(farm, attempt);
    concludeAttempt(farm, attempt, { type: 'infrastructure-fault', reason });
    settle(farm);
  }
}

/**
 * A stopped attempt tells nothing about its step, except for a success that came before the stop. A
 * run that wants the step after all may have been added meanwhile.
 */
function concludeStopped(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  const { step } = attempt;
  if (step.runs.length === 0) forgetStep(farm, step);
  else if (step.group?.phase.type === 'ending') step.phase = { type: 'held', made: undefined };
  else if (isMember(step)) startOver(farm, step);
  else if (outcome.type === 'succeeded') succeed(farm, attempt, outcome);
  else startOver(farm, step);
  if (step.group !== undefined) concludeGroup(farm, step.group);
}

/** Tries the step again, unless a dependency that was being rebuilt failed meanwhile. */
function startOver(farm: Farm, step: Step): void {
  const failed = step.dependencies.find(hasFailed);
  if (failed === undefined) return tryAgain(farm, step);
  const result: StepResult = { type: 'dependency-failed', cause: failed.id };
  if (!isMember(step)) return endStep(farm, step, result);
  step.phase = { type: 'waiting' };
  blockGroup(farm, step, result);
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
  // Without the hub every attempt fails, wherever it runs: neither step nor builder is to blame.
  if (farm.hub.type === 'down') return tryAgain(farm, step);
  step.faults = [...step.faults, fault];
  if (isExhausted(faultsOf(step), farm.maximumFaults)) {
    giveUp(farm, step, fault);
  } else if (wasLostEverywhere(step) || mayRecur) {
    rest(farm, step);
  } else {
    tryAgain(farm, step);
  }
}

/** The faults that count for a step; for a member those of its group, which tries again as one. */
function faultsOf(step: Step): readonly Fault[] {
  const { group } = step;
  if (group === undefined || !isMember(step)) return step.faults;
  return group.members.flatMap((member) => member.step.faults);
}

function giveUp(farm: Farm, step: Step, { builder, reason }: Fault): void {
  const { group, faults } = step;
  if (group === undefined || !isMember(step)) {
    endStep(farm, step, { type: 'faults-exhausted', faults });
  } else {
    step.phase = { type: 'held', made: undefined };
    loseGroup(farm, group, reason, builder);
  }
}

/** Whether inputs would come again from the source that failed: a builder not known to be down. */
function hasSameSource(farm: Farm, { builder }: Attempt, outcome: AttemptOutcome): boolean {
  const source = failedSource(outcome, builder);
  return source !== undefined && farm.builders.get(source)?.status.type !== 'down';
}

function wasLostEverywhere(step: Step): boolean {
  const avoided = avoidedBuilders(step.faults);
  const working = [...step.demand.working].filter(isOpenTo(step));
  return working.length > 0 && working.every(({ offer }) => avoided.has(offer.name));
}

function rest(farm: Farm, step: Step): void {
  step.phase = { type: 'resting' };
  const afterMs = restDelay(step.faults.length);
  farm.commands.push({ type: 'rest-step', step: step.id, afterMs });
}

/** Puts a step that has rested back into line. */
export function wakeStep(farm: Farm, id: StepId): void {
  const step = farm.steps.get(id);
  if (step?.phase.type === 'resting') tryAgain(farm, step);
}

/**
 * Asks for the rebuild of lost inputs. The step's slot is free meanwhile: the rebuild may need this
 * very slot.
 */
function restoreInputs(farm: Farm, { id, step, builder }: Attempt): void {
  // What was known about their places no longer holds.
  step.present = [];
  step.phase = { type: 'restoring', tried: { attempt: id, builder: builder.offer.name } };
  farm.commands.push({ type: 'restore-inputs', step: step.id });
}

/**
 * Ends the restoring of a step's inputs. With a `reason` they will not come back, and this counts
 * as a fault of the step.
 */
export function endRestoring(farm: Farm, id: StepId, reason: string | undefined): void {
  const step = farm.steps.get(id);
  if (step?.phase.type !== 'restoring') return;
  const { tried } = step.phase;
  if (reason === undefined) tryAgain(farm, step);
  else countFault(farm, step, { ...tried, reason }, false);
}

function tryAgain(farm: Farm, step: Step): void {
  step.phase = { type: 'waiting' };
  advance(farm, step);
}
