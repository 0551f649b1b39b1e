import { chargeTo, stopAttempt } from './attempts.ts';
import { demandOf, dequeue, enqueue, leaveDemand, requeue } from './demands.ts';
import type { StepId, StepRequest } from './event.ts';
import type { Farm, Outputs, Phase, Run, Step } from './farm.ts';
import { isMember } from './groups/group.ts';
import { abandonGroup, blockGroup, gather, lineUpAgain } from './groups/line-up.ts';
import { noOutputs } from './locality.ts';
import { hubObstacles, obstaclesFor } from './obstacles.ts';
import { usualWeight } from './ranking.ts';
import { isGood, type StepResult } from './result.ts';

/** Shared by the many steps that have neither: each of its own would cost memory. */
const none: readonly never[] = [];
/** For those that nothing waits for, or nothing any longer. */
const nobody: Set<Step> = new Set();
const waiting: Phase = { type: 'waiting' };

/** A step that the farm does not know yet, or whose earlier failure is not to count. */
export function createStep(
  farm: Farm,
  request: StepRequest,
  rank: number,
  present: readonly Outputs[],
): Step {
  const demand = demandOf(farm, request);
  demand.stepCount += 1;
  farm.lastOrder += 1;
  const step: Step = {
    id: request.id,
    demand,
    order: farm.lastOrder,
    weight: request.weight ?? usualWeight(farm.weights),
    isWeightKnown: request.weight !== undefined,
    group: undefined,
    isLost: false,
    rank,
    runs: [],
    dependencies: none,
    present,
    dependants: nobody,
    waitingFor: 0,
    faults: none,
    phase: waiting,
    outputs: noOutputs,
  };
  farm.steps.set(step.id, step);
  return step;
}

/** Makes the step wait for those of its dependencies that are not there yet. */
export function linkDependencies(step: Step, dependencies: readonly Step[]): void {
  if (step.dependencies.length > 0) unlinkAllBut(step, new Set());
  // One that failed while the step was being stopped has let go of it, and counts no longer.
  step.waitingFor = 0;
  step.dependencies = dependencies;
  for (const dependency of dependencies) {
    if (dependency.phase.type === 'ended' || dependency.dependants.has(step)) continue;
    addDependant(dependency, step);
    step.waitingFor += 1;
  }
}

function addDependant(dependency: Step, step: Step): void {
  if (dependency.dependants === nobody) dependency.dependants = new Set();
  dependency.dependants.add(step);
}

/**
 * Stops waiting for dependencies that another run found to be unneeded: it does not want them, so
 * nobody might be left to build them.
 */
export function unlinkAllBut(step: Step, needed: ReadonlySet<Step>): void {
  for (const dependency of step.dependencies) {
    if (needed.has(dependency) || !dependency.dependants.delete(step)) continue;
    step.waitingFor -= 1;
  }
}

/** Lines the step up when nothing holds it back; fails it when no builder could ever run it. */
export function advance(farm: Farm, step: Step): void {
  if (step.phase.type !== 'waiting') return;
  if (isMember(step)) advanceMember(farm, step);
  else if (step.demand.eligible.size === 0) declareUnsupported(farm, step);
  else if (step.waitingFor === 0) enqueue(step);
}

/** What nobody can run, its group is refused for. */
function advanceMember(farm: Farm, step: Step): void {
  if (step.waitingFor === 0) gather(farm, step);
}

/** Fails the step with what each builder lacks for it. */
export function declareUnsupported(farm: Farm, step: Step): void {
  const { hub } = farm;
  const obstacles = hub.type === 'up' ? obstaclesFor(farm, step.demand) : hubObstacles(farm, hub);
  endStep(farm, step, { type: 'unsupported', obstacles });
}

/** Ends the step, and with it, when it failed, all that depend on it. */
export function endStep(farm: Farm, step: Step, result: StepResult): void {
  if (isGood(result)) wakeDependants(farm, closeStep(farm, step, result));
  else failWithDependants(farm, step, result);
}

function wakeDependants(farm: Farm, dependants: ReadonlySet<Step>): void {
  for (const dependant of dependants) {
    dependant.waitingFor -= 1;
    advance(farm, dependant);
  }
}

function failWithDependants(farm: Farm, step: Step, result: StepResult): void {
  if (isFailure(result)) for (const run of step.runs) run.hasFailure = true;
  const consequence = consequenceOf(step, result);
  const failing = [...closeStep(farm, step, result)];
  // Grows while it is walked, since a chain may be deeper than the stack.
  for (const dependant of failing) {
    if (dependant.phase.type !== 'waiting') continue;
    if (isMember(dependant)) blockGroup(farm, dependant, consequence);
    else for (const next of closeStep(farm, dependant, consequence)) failing.push(next);
  }
}

/** What infrastructure put an end to may be tried again: the rest of the run goes on meanwhile. */
function isFailure({ type }: StepResult): boolean {
  return type !== 'group-lost' && type !== 'dependency-failed';
}

function consequenceOf(step: Step, result: StepResult): StepResult {
  return result.type === 'dependency-failed'
    ? result
    : { type: 'dependency-failed', cause: step.id };
}

/** Records the result for every run that wants the step; returns those that waited for it. */
function closeStep(farm: Farm, step: Step, result: StepResult): ReadonlySet<Step> {
  dequeue(step);
  step.phase = { type: 'ended', result };
  farm.commands.push({ type: 'step-ended', step: step.id, result });
  for (const run of step.runs) recordResult(farm, run);
  const { dependants } = step;
  step.dependants = nobody;
  step.dependencies = none;
  step.present = none;
  return dependants;
}

/** Counts that a step is over for a run that wants it. */
export function recordResult(farm: Farm, run: Run): void {
  run.openSteps -= 1;
  farm.unsettledRuns.add(run);
}

/** Takes one run's interest away: a step that nobody is left to want is stopped or forgotten. */
export function dropInterest(farm: Farm, step: Step, run: Run): void {
  if (!step.runs.includes(run)) return;
  step.runs = step.runs.filter((other) => other !== run);
  const [next] = step.runs;
  if (next === undefined) abandon(farm, step);
  else passOn(farm, step, run, next);
}

function abandon(farm: Farm, step: Step): void {
  if (isMember(step)) abandonGroup(farm, step);
  if (step.phase.type === 'running') stopAttempt(farm, step.phase.attempt);
  else if (step.phase.type !== 'stopping') forgetStep(farm, step);
}

/** Others want it still: it keeps its place in their lines, and one of them pays for its slot. */
function passOn(farm: Farm, step: Step, run: Run, next: Run): void {
  keepInLine(farm, step);
  if (step.phase.type !== 'running') return;
  const { attempt } = step.phase;
  if (attempt.chargedTo === run) chargeTo(attempt, next);
}

/** To be called when the runs that want the step have changed, or its rank has. */
export function keepInLine(farm: Farm, step: Step): void {
  if (step.group === undefined) requeue(step);
  else lineUpAgain(farm, step.group);
}

/** Removes a step that nobody wants and that has no attempt. */
export function forgetStep(farm: Farm, step: Step): void {
  dequeue(step);
  for (const dependency of step.dependencies) dependency.dependants.delete(step);
  leaveDemand(farm, step.demand);
  step.phase = { type: 'dropped' };
  farm.steps.delete(step.id);
}

/** What the step made is gone: it counts for nothing to those who come from here on. */
export function loseStep(farm: Farm, id: StepId): void {
  const step = farm.steps.get(id);
  if (step?.phase.type === 'ended') step.isLost = true;
}

/** Whether the step is over without outputs. */
export function hasFailed({ phase }: Step): boolean {
  return phase.type === 'ended' && !isGood(phase.result);
}
