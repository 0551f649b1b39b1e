import { awaitAttempt } from './attempts.ts';
import { leaveDemand } from './demands.ts';
import { SchedulerError } from './errors.ts';
import type { RunId, SchedulerEvent, StepId, StepRequest } from './event.ts';
import type { Farm, Run, Step } from './farm.ts';
import { criticalPaths, learnWeights, usualWeight } from './ranking.ts';
import type { CancelReason, StepResult } from './result.ts';
import {
  advance,
  createStep,
  dropInterest,
  endStep,
  hasFailed,
  linkDependencies,
  recordResult,
  unlinkAllBut,
} from './steps.ts';

type RunAdded = Extract<SchedulerEvent, { type: 'run-added' }>;

/** Takes a run in, sharing the steps that other runs want already. */
export function addRun(farm: Farm, event: RunAdded): void {
  checkRun(farm, event);
  const ranks = rankSteps(farm, event.steps);
  const run = createRun(farm, event);
  const added = event.steps.map((request) => join(farm, run, request, ranks.get(request.id) ?? 0));
  for (const joined of added) link(farm, joined);
  for (const joined of added) acceptPresent(farm, joined);
  for (const { step } of added) advance(farm, step);
}

function rankSteps(farm: Farm, steps: readonly StepRequest[]): ReadonlyMap<StepId, number> {
  const known = learnWeights(farm.weights, steps);
  const ranks = criticalPaths(steps, usualWeight(known));
  farm.weights = known;
  return ranks;
}

function checkRun(farm: Farm, { run, steps }: RunAdded): void {
  if (farm.runs.has(run)) {
    throw new SchedulerError('duplicate-run', run, `run '${run}' was added already`);
  }
  const ids = new Set<StepId>();
  for (const { id, weight } of steps) {
    if (ids.has(id)) throw new SchedulerError('duplicate-step', id, `'${id}' is given twice`);
    ids.add(id);
    if (weight !== undefined && !(weight >= 0 && weight < Infinity)) {
      throw new SchedulerError('bad-weight', id, `the weight ${weight} of '${id}' is no duration`);
    }
  }
  for (const { id, dependencies } of steps) checkDependencies(id, dependencies, ids);
}

function checkDependencies(
  id: StepId,
  dependencies: readonly StepId[],
  known: ReadonlySet<StepId>,
): void {
  const unknown = dependencies.find((dependency) => !known.has(dependency));
  if (unknown === undefined) return;
  throw new SchedulerError(
    'unknown-dependency',
    unknown,
    `'${id}' depends on '${unknown}', which is not a step of its run`,
  );
}

function createRun(farm: Farm, { run: id, keepGoing, steps }: RunAdded): Run {
  const run: Run = {
    id,
    keepGoing,
    stepIds: steps.map((step) => step.id),
    results: new Map(),
    stoppingAttempts: 0,
    hasFailure: false,
  };
  farm.runs.set(id, run);
  farm.unsettledRuns.add(run);
  return run;
}

interface Joined {
  readonly request: StepRequest;
  readonly step: Step;
  readonly isNew: boolean;
}

/** A step that failed for another run is tried anew: whoever asks again wants it tried. */
function join(farm: Farm, run: Run, request: StepRequest, rank: number): Joined {
  const known = farm.steps.get(request.id);
  const isUnusable = known === undefined || hasFailed(known);
  const step = isUnusable ? createStep(farm, request, rank) : known;
  if (isUnusable && known !== undefined) leaveDemand(farm, known.demand);
  // What nobody wanted, while its attempt was being stopped, starts from its inputs again.
  const isNew = step.runs.length === 0;
  step.runs.push(run);
  raiseRank(step, rank);
  if (step.phase.type === 'ended') recordResult(farm, run, step, step.phase.result);
  return { request, step, isNew };
}

function raiseRank(step: Step, rank: number): void {
  if (rank <= step.rank) return;
  step.rank = rank;
  if (step.phase.type === 'ready') step.phase.queue.steps.put(step);
}

function link(farm: Farm, { step, request, isNew }: Joined): void {
  const dependencies = new Set<Step>();
  for (const id of request.dependencies) {
    const dependency = farm.steps.get(id);
    if (dependency !== undefined) dependencies.add(dependency);
  }
  if (isNew) linkDependencies(step, [...dependencies]);
  else unlinkAllBut(step, dependencies);
}

function acceptPresent(farm: Farm, { step, request }: Joined): void {
  const isOpen = ['waiting', 'ready', 'resting'].includes(step.phase.type);
  if (request.presentAt === undefined || !isOpen) return;
  endStep(farm, step, { type: 'present', at: request.presentAt });
}

/** Stops what the run wants and nobody else does. */
export function cancelRun(farm: Farm, id: RunId): void {
  const run = farm.runs.get(id);
  if (run !== undefined) stopRun(farm, run, 'run-cancelled');
}

function stopRun(farm: Farm, run: Run, because: CancelReason): void {
  if (hasAllResults(run)) return;
  for (const id of run.stepIds) {
    const step = run.results.has(id) ? undefined : farm.steps.get(id);
    if (step === undefined) continue;
    recordResult(farm, run, step, { type: 'cancelled', because });
    dropInterest(farm, step, run);
    if (step.phase.type === 'stopping' && step.runs.length === 0) {
      awaitAttempt(step.phase.attempt, run);
    }
  }
}

/** Draws the conclusions for the runs that the event concerned: some must stop, some are over. */
export function settleRuns(farm: Farm): void {
  for (const run of farm.unsettledRuns) {
    if (run.hasFailure && !run.keepGoing) stopRun(farm, run, 'run-failed');
  }
  for (const run of farm.unsettledRuns) {
    if (hasAllResults(run) && run.stoppingAttempts === 0) endRun(farm, run);
  }
  farm.unsettledRuns.clear();
}

function hasAllResults({ results, stepIds }: Run): boolean {
  return results.size === stepIds.length;
}

function endRun(farm: Farm, run: Run): void {
  farm.runs.delete(run.id);
  farm.commands.push({ type: 'run-ended', run: run.id, results: orderedResults(run) });
  for (const id of run.stepIds) {
    const step = farm.steps.get(id);
    if (step?.runs.includes(run)) dropInterest(farm, step, run);
  }
}

function orderedResults({ stepIds, results }: Run): ReadonlyMap<StepId, StepResult> {
  const ordered = new Map<StepId, StepResult>();
  for (const id of stepIds) {
    const result = results.get(id);
    if (result !== undefined) ordered.set(id, result);
  }
  return ordered;
}
