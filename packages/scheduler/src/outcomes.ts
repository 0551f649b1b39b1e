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
  else if (isMember(step)) concludeMember(farm, attempt, outcome);
  else concludeStep(farm, attempt, outcome);
}

function concludeStep(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  if (outcome.type === 'succeeded') succeed(farm, attempt, outcome);
  else if (outcome.type === 'failed') fail(farm, attempt, outcome);
  else if (outcome.type === 'inputs-lost') restoreInputs(farm, attempt);
  else retry(farm, attempt, outcome);
}

/** What is lost before the group has started is tried again like any other, and the whole group with it. */
function concludeMember(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): void {
  const { step } = attempt;
  const isOver = outcome.type === 'succeeded' || outcome.type === 'failed';
  if (isOver || step.group?.phase.type !== 'starting') return endMember(farm, attempt, outcome);
  step.phase = { type: 'waiting' };
  sendBack(farm, step.group, lossReason(outcome));
  concludeStep(farm, attempt, outcome);
}

/**
 * All that runs on a builder which is gone, one after the other as it was started: the end of the
 * first may leave nobody who wants the next.
 */
export function loseAttempts(farm: Farm, builder: Builder, reason: string): void {
  for (const attempt of builder.attempts) {
    if (attempt.step.phase.type === 'running') abandonAttempt(farm, attempt);
    concludeAttempt(farm, attempt, { type: 'infrastructure-fault', reason });
    settle(farm);
  }
}

/**
 * What a stopped attempt says of its step is worth nothing, but for a success that came first. A
 * run may have come in the meantime that wants the step after all.
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

/** A dependency that had to be built again may have failed while the attempt was being stopped. */
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
  // Without the hub no attempt gets far, wherever it is made: that is no fault of anything else.
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

/** Members are tried again together, and so their faults count together. */
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

/** Whether its inputs would come from where they were just not to be had: that is not known to be down. */
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

/** Lines a step up again that has rested. */
export function wakeStep(farm: Farm, id: StepId): void {
  const step = farm.steps.get(id);
  if (step?.phase.type === 'resting') tryAgain(farm, step);
}

/** Its slot is free meanwhile: what it needs may have to be built in that very one. */
function restoreInputs(farm: Farm, { id, step, builder }: Attempt): void {
  // What was said of them before holds no longer.
  step.present = [];
  step.phase = { type: 'restoring', tried: { attempt: id, builder: builder.offer.name } };
  farm.commands.push({ type: 'restore-inputs', step: step.id });
}

/** What a step needs is there again, or will not be: then this was one of its tries. */
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
