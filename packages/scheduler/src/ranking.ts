import { SchedulerError } from './errors.ts';
import type { StepId, StepRequest } from './event.ts';
import type { KnownWeights, Step } from './farm.ts';

/** Orders ready steps: the longest way to go first, and of equal ones the one that came first. */
export function compareUrgency(a: Step, b: Step): number {
  return b.rank - a.rank || a.order - b.order;
}

/** What is known once the weights that the requests carry are known too. */
export function learnWeights(known: KnownWeights, requests: readonly StepRequest[]): KnownWeights {
  let { sum, count } = known;
  for (const { weight } of requests) {
    if (weight === undefined) continue;
    sum += weight;
    count += 1;
  }
  return { sum, count };
}

/** The weight of a step of which none is known; where that goes for all, a path is its depth. */
export function usualWeight({ sum, count }: KnownWeights): number {
  return count === 0 ? 1 : sum / count;
}

/**
 * The critical path of each step: its own weight and the heaviest chain of those that wait for it.
 * Every dependency must be among the requests. Throws `dependency-cycle`.
 */
export function criticalPaths(
  requests: readonly StepRequest[],
  unknownWeight: number,
): ReadonlyMap<StepId, number> {
  const byId = new Map(requests.map((request) => [request.id, request]));
  const ranks = new Map<StepId, number>();
  for (const request of dependantsFirst(requests, byId)) {
    const rank = (ranks.get(request.id) ?? 0) + (request.weight ?? unknownWeight);
    ranks.set(request.id, rank);
    for (const dependency of request.dependencies) {
      ranks.set(dependency, Math.max(ranks.get(dependency) ?? 0, rank));
    }
  }
  return ranks;
}

function dependantsFirst(
  requests: readonly StepRequest[],
  byId: ReadonlyMap<StepId, StepRequest>,
): StepRequest[] {
  const dependants = countDependants(requests);
  const sorted = requests.filter(({ id }) => dependants.get(id) === 0);
  // Grows while it is walked: each step follows once all that depend on it have come.
  for (const request of sorted) {
    for (const id of request.dependencies) {
      const left = (dependants.get(id) ?? 0) - 1;
      dependants.set(id, left);
      const dependency = left === 0 ? byId.get(id) : undefined;
      if (dependency !== undefined) sorted.push(dependency);
    }
  }
  if (sorted.length < requests.length) throw cycleError(requests, new Set(sorted));
  return sorted;
}

function countDependants(requests: readonly StepRequest[]): Map<StepId, number> {
  const counts = new Map(requests.map(({ id }) => [id, 0]));
  for (const { dependencies } of requests) {
    for (const dependency of dependencies) {
      counts.set(dependency, (counts.get(dependency) ?? 0) + 1);
    }
  }
  return counts;
}

/** Each request that is left has a dependant that is left; going up those must come round. */
function cycleError(
  requests: readonly StepRequest[],
  sorted: ReadonlySet<StepRequest>,
): SchedulerError {
  const left = requests.filter((request) => !sorted.has(request));
  const dependantOf = new Map<StepId, StepId>();
  for (const { id, dependencies } of left) {
    for (const dependency of dependencies) dependantOf.set(dependency, id);
  }
  const seen = new Set<StepId>();
  let member = left[0]?.id;
  while (member !== undefined && !seen.has(member)) {
    seen.add(member);
    member = dependantOf.get(member);
  }
  const subject = member ?? 'a step';
  return new SchedulerError('dependency-cycle', subject, `'${subject}' depends on itself`);
}
