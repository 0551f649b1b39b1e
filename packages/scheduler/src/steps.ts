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

/** Shared by the many steps with empty lists: one for each would cost memory. */
const none: readonly never[] = [];
/** For steps that nothing waits for, or no longer. */
const nobody: Set<Step> = new Set();
const waiting: Phase = { type: 'waiting' };

/** Makes a step that the farm does not know yet, or whose earlier failure is not to count. */
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

/** Makes the step wait for those of its dependencies that have not ended. */
export function linkDependencies(step: Step, dependencies: readonly Step[]): void {
  if (step.dependencies.length > 0) unlinkAllBut(step, new Set());
  // A dependency that failed while the step was being stopped no longer has it as a dependant.
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
 * Stops waiting for dependencies that another run found unnecessary: since that run does not want
 * them, they might never be built.
 */
export function unlinkAllBut(step: Step, needed: ReadonlySet<Step>): void {
  for (const dependency of step.dependencies) {
    if (needed.has(dependency) || !dependency.dependants.delete(step)) continue;
    step.waitingFor -= 1;
  }
}

/** Puts a step into line when nothing holds it back; fails it when no builder could ever run it. */
export function advance(farm: Farm, step: Step): void {
  if (step.phase.type !== 'waiting') return;
  if (isMember(step)) advanceMember(farm, step);
  else if (step.demand.eligible.size === 0) declareUnsupported(farm, step);
  else if (step.waitingFor === 0) enqueue(step);
}

/** Gathers a member whose dependencies are done. If no builder can run it, its group is refused as a whole. */
function advanceMember(farm: Farm, step: Step): void {
  if (step.waitingFor === 0) gather(farm, step);
}

/** Fails the step, with the obstacles at each builder. */
export function declareUnsupported(farm: Farm, step: Step): void {
  const { hub } = farm;
  const obstacles = hub.type === 'up' ? obstaclesFor(farm, step.demand) : hubObstacles(farm, hub);
  endStep(farm, step, { type: 'unsupported', obstacles });
}

/** Ends the step and, if it failed, all steps that depend on it. */
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
  // The list grows during the loop; recursion would overflow the stack on long chains.
  for (const dependant of failing) {
    if (dependant.phase.type !== 'waiting') continue;
    if (isMember(dependant)) blockGroup(farm, dependant, consequence);
    else for (const next of closeStep(farm, dependant, consequence)) failing.push(next);
  }
}

/**
 * Whether the result stops a run without `keepGoing`. A group lost to infrastructure may be tried
 * again, so the rest of its run goes on.
 */
function isFailure({ type }: StepResult): boolean {
  return type !== 'group-lost' && type !== 'dependency-failed';
}

function consequenceOf(step: Step, result: StepResult): StepResult {
  return result.type === 'dependency-failed'
    ? result
    : { type: 'dependency-failed', cause: step.id };
}

/** Records the result for every run that wants the step; returns the steps that waited for it. */
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

/** Removes a run's interest: a step that nobody wants any longer is stopped or forgotten. */
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

/** Others still want the step: it keeps its place in their lines, and one is charged its slot. */
function passOn(farm: Farm, step: Step, run: Run, next: Run): void {
  keepInLine(farm, step);
  if (step.phase.type !== 'running') return;
  const { attempt } = step.phase;
  if (attempt.chargedTo === run) chargeTo(attempt, next);
}

/** To be called when the runs that want the step, or its rank, have changed. */
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

/** Notes that the step's outputs are gone: runs that are added from now on build it again. */
export function loseStep(farm: Farm, id: StepId): void {
  const step = farm.steps.get(id);
  if (step?.phase.type === 'ended') step.isLost = true;
}

/** Whether the step is over without outputs. */
export function hasFailed({ phase }: Step): boolean {
  return phase.type === 'ended' && !isGood(phase.result);
}
