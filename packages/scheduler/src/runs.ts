import { awaitAttempt } from './attempts.ts';
import { leaveDemand } from './demands.ts';
import { SchedulerError } from './errors.ts';
import type { GroupRequest, RunId, SchedulerEvent, StepId, StepRequest } from './event.ts';
import type { Farm, Run, Step } from './farm.ts';
import { checkGroups } from './groups/check-groups.ts';
import { checkOrder } from './groups/check-order.ts';
import { formGroup, groupsToForm, renewMembers } from './groups/form-groups.ts';
import { refuseUnfit } from './groups/unfit.ts';
import { NotedInputs } from './locality.ts';
import { criticalPaths, learnWeights, usualWeight } from './ranking.ts';
import { RequestGraph } from './request-graph.ts';
import type { CancelReason, StepResult } from './result.ts';
import {
  advance,
  createStep,
  dropInterest,
  hasFailed,
  keepInLine,
  linkDependencies,
  recordResult,
  unlinkAllBut,
} from './steps.ts';

type RunAdded = Extract<SchedulerEvent, { type: 'run-added' }>;

/** Adds a run, which shares the steps that other runs want already. */
export function addRun(farm: Farm, event: RunAdded): void {
  checkRun(farm, event);
  checkGroups(farm, event);
  const graph = new RequestGraph(event.steps);
  const ranks = rankSteps(farm, graph, event.groups ?? []);
  const groups = groupsToForm(farm, event.groups ?? []);
  const run = createRun(farm, event);
  for (const group of groups) renewMembers(farm, group);
  const present = new NotedInputs(farm);
  const unlinked = event.steps.map((request, at) =>
    join(farm, run, request, ranks[at] ?? 0, present),
  );
  for (const group of groups) formGroup(farm, group);
  for (const [at, isNew] of unlinked.entries()) link(run, at, isNew, graph);
  if (groups.length > 0) refuseUnfit(farm);
  for (const step of run.steps) advance(farm, step);
}

function rankSteps(farm: Farm, graph: RequestGraph, groups: readonly GroupRequest[]): Float64Array {
  const known = learnWeights(farm.weights, graph.requests);
  const ranks = criticalPaths(graph, usualWeight(known));
  checkOrder(graph, groups);
  farm.weights = known;
  return ranks;
}

function checkRun(farm: Farm, { run, priority = 0 }: RunAdded): void {
  if (farm.runs.has(run)) {
    throw new SchedulerError('duplicate-run', run, `run '${run}' was added already`);
  }
  if (Number.isFinite(priority)) return;
  throw new SchedulerError(
    'bad-priority',
    run,
    `the priority ${priority} of run '${run}' is not a finite number`,
  );
}

function createRun(farm: Farm, { run: id, keepGoing, priority = 0, steps }: RunAdded): Run {
  farm.lastOrder += 1;
  const run: Run = {
    id,
    order: farm.lastOrder,
    keepGoing,
    priority,
    steps: [],
    openSteps: steps.length,
    results: undefined,
    slotsUsed: 0,
    stoppingAttempts: 0,
    hasFailure: false,
  };
  farm.runs.set(id, run);
  farm.unsettledRuns.add(run);
  return run;
}

/**
 * Adds a step to the run. One that failed for another run, or whose outputs are lost, is made anew.
 * Returns whether no other run wants the step, so that its dependencies must be linked anew.
 */
function join(
  farm: Farm,
  run: Run,
  request: StepRequest,
  rank: number,
  present: NotedInputs,
): boolean {
  const known = farm.steps.get(request.id);
  const isUnusable = known === undefined || known.isLost || hasFailed(known);
  const step = isUnusable ? createStep(farm, request, rank, present.of(request)) : known;
  if (isUnusable && known !== undefined) replace(farm, known);
  // A step that nobody wanted while its attempt was being stopped starts from its inputs again.
  const isNew = step.runs.length === 0;
  step.runs.push(run);
  run.steps.push(step);
  step.rank = Math.max(step.rank, rank);
  if (step.phase.type === 'ended') recordResult(farm, run);
  else keepInLine(farm, step);
  return isNew;
}

/**
 * Lets go of a failed step whose successor takes its place: the runs that wanted it keep its result
 * and have nothing to do with the successor.
 */
function replace(farm: Farm, failed: Step): void {
  leaveDemand(farm, failed.demand);
  failed.runs = [];
}

function link(run: Run, at: number, isNew: boolean, graph: RequestGraph): void {
  const step = run.steps[at];
  const dependencies: Step[] = [];
  for (const position of graph.dependenciesOf(at)) {
    const dependency = run.steps[position];
    if (dependency !== undefined) dependencies.push(dependency);
  }
  if (step === undefined) return;
  if (isNew) linkDependencies(step, dependencies);
  else unlinkAllBut(step, new Set(dependencies));
}

/** Cancels a run: stops the steps that nobody else wants. */
export function cancelRun(farm: Farm, id: RunId): void {
  const run = farm.runs.get(id);
  if (run !== undefined) stopRun(farm, run, 'run-cancelled');
}

function stopRun(farm: Farm, run: Run, because: CancelReason): void {
  if (run.openSteps === 0) return;
  run.results = resultsOf(run, { type: 'cancelled', because });
  run.openSteps = 0;
  farm.unsettledRuns.add(run);
  for (const step of run.steps) {
    if (step.phase.type === 'ended') continue;
    dropInterest(farm, step, run);
    if (step.phase.type === 'stopping' && step.runs.length === 0) {
      awaitAttempt(step.phase.attempt, run);
    }
  }
}

/** Stops or ends the runs that the event concerned, where they must stop or are over. */
export function settleRuns(farm: Farm): void {
  for (const run of farm.unsettledRuns) {
    if (run.hasFailure && !run.keepGoing) stopRun(farm, run, 'run-failed');
  }
  for (const run of farm.unsettledRuns) {
    if (run.openSteps === 0 && run.stoppingAttempts === 0) endRun(farm, run);
  }
  farm.unsettledRuns.clear();
}

function endRun(farm: Farm, run: Run): void {
  farm.runs.delete(run.id);
  const results = run.results ?? resultsOf(run, undefined);
  farm.commands.push({ type: 'run-ended', run: run.id, results });
  for (const step of run.steps) dropInterest(farm, step, run);
}

/**
 * The result of each step, in the order of the request; `unlessEnded` stands in for a missing one.
 */
function resultsOf(run: Run, unlessEnded: StepResult | undefined): Map<StepId, StepResult> {
  const results = new Map<StepId, StepResult>();
  for (const { id, phase } of run.steps) {
    const result = phase.type === 'ended' ? phase.result : unlessEnded;
    if (result !== undefined) results.set(id, result);
  }
  return results;
}
