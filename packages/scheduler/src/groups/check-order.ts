import { SchedulerError } from '../errors.ts';
import type { GroupRequest, StepId } from '../event.ts';
import type { RequestGraph } from '../request-graph.ts';

/**
 * Throws `bad-group` when a group could never start: a member depends on another one, or two groups
 * wait for each other. The graph must have no cycles.
 */
export function checkOrder(graph: RequestGraph, groups: readonly GroupRequest[]): void {
  if (groups.length === 0) return;
  const units = unitsOf(graph, groups);
  const left = countDependants(graph, units);
  // Dependants first, all members of a group at once.
  const sorted = [...new Set(units.of)].filter((unit) => left[unit] === 0);
  for (const unit of sorted) {
    for (const step of units.steps.get(unit) ?? [unit]) {
      for (const dependency of graph.dependenciesOf(step)) {
        const next = units.of[dependency] ?? dependency;
        left[next] = (left[next] ?? 0) - 1;
        if (left[next] === 0) sorted.push(next);
      }
    }
  }
  const stuck = groups.find((_, at) => (left[units.groups[at] ?? 0] ?? 0) > 0);
  if (stuck !== undefined) throw stuckGroup(stuck);
}

/**
 * Nodes of the graph in which each group is one: steps that start together go by the position of
 * the first of them, all others by their own.
 */
interface Units {
  readonly of: Int32Array;
  /** The steps of each group, by its first. */
  readonly steps: ReadonlyMap<number, readonly number[]>;
  /** The position of each group's first step. */
  readonly groups: readonly number[];
}

function unitsOf({ requests }: RequestGraph, groups: readonly GroupRequest[]): Units {
  const positions = new Map<StepId, number>(requests.map(({ id }, at) => [id, at]));
  const of = Int32Array.from(requests.keys());
  const steps = new Map<number, readonly number[]>();
  const firsts = groups.map(({ members }) => {
    const all = members.map(({ step }) => positions.get(step) ?? 0);
    const [first = 0] = all;
    for (const step of all) of[step] = first;
    steps.set(first, all);
    return first;
  });
  return { of, steps, groups: firsts };
}

function countDependants({ requests, allDependencies }: RequestGraph, { of }: Units): Int32Array {
  const counts = new Int32Array(requests.length);
  for (const dependency of allDependencies) {
    const unit = of[dependency] ?? dependency;
    counts[unit] = (counts[unit] ?? 0) + 1;
  }
  return counts;
}

function stuckGroup({ id }: GroupRequest): SchedulerError {
  const message = `'${id}', or a group that needs it, has a member that has to wait for its own group`;
  return new SchedulerError('bad-group', id, message);
}
