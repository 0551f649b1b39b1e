import { SchedulerError } from './errors.ts';
import type { StepRequest } from './event.ts';
import type { KnownWeights, Step } from './farm.ts';
import type { RequestGraph } from './request-graph.ts';

/** Orders ready steps: the highest rank first, and of equal ranks the step that came first. */
export function compareUrgency(a: Step, b: Step): number {
  return b.rank - a.rank || a.order - b.order;
}

/** The known durations with those of these requests added. */
export function learnWeights(known: KnownWeights, requests: readonly StepRequest[]): KnownWeights {
  let { sum, count } = known;
  for (const { weight } of requests) {
    if (weight === undefined) continue;
    sum += weight;
    count += 1;
  }
  return { sum, count };
}

/**
 * The weight of every step while no duration is known at all, so that chains count by their depth.
 */
const unknownDurationMs = 10_000;

/** The weight of a step whose duration is not known. */
export function usualWeight({ sum, count }: KnownWeights): number {
  return count === 0 ? unknownDurationMs : sum / count;
}

/**
 * The critical path of each request: its own weight plus that of the heaviest chain of dependants.
 * Throws `dependency-cycle`.
 */
export function criticalPaths(graph: RequestGraph, unknownWeight: number): Float64Array {
  const { requests } = graph;
  const ranks = new Float64Array(requests.length);
  for (const at of dependantsFirst(graph)) {
    const rank = (ranks[at] ?? 0) + (requests[at]?.weight ?? unknownWeight);
    ranks[at] = rank;
    for (const dependency of graph.dependenciesOf(at)) {
      if (rank > (ranks[dependency] ?? 0)) ranks[dependency] = rank;
    }
  }
  return ranks;
}

/** The positions of the requests, each after all its dependants. */
function dependantsFirst(graph: RequestGraph): Iterable<number> {
  const left = countDependants(graph);
  const sorted = new Int32Array(left.length);
  let found = 0;
  for (const [at, count] of left.entries()) if (count === 0) sorted[found++] = at;
  for (let next = 0; next < found; next += 1) {
    for (const dependency of graph.dependenciesOf(sorted[next] ?? 0)) {
      const count = (left[dependency] ?? 0) - 1;
      left[dependency] = count;
      if (count === 0) sorted[found++] = dependency;
    }
  }
  if (found < sorted.length) throw cycleError(graph, left);
  return sorted;
}

function countDependants({ requests, allDependencies }: RequestGraph): Int32Array {
  const counts = new Int32Array(requests.length);
  for (const dependency of allDependencies) counts[dependency] = (counts[dependency] ?? 0) + 1;
  return counts;
}

/**
 * Finds a step on a cycle: each request that is left has a dependant that is left, so following
 * dependants must come round.
 */
function cycleError(graph: RequestGraph, left: Int32Array): SchedulerError {
  const dependantOf = new Map<number, number>();
  for (const [at, count] of left.entries()) {
    if (count === 0) continue;
    for (const dependency of graph.dependenciesOf(at)) dependantOf.set(dependency, at);
  }
  const seen = new Set<number>();
  let member = left.findIndex((count) => count > 0);
  while (!seen.has(member)) {
    seen.add(member);
    member = dependantOf.get(member) ?? member;
  }
  const subject = graph.requests[member]?.id ?? 'a step';
  return new SchedulerError('dependency-cycle', subject, `'${subject}' depends on itself`);
}
