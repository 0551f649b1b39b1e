import { SchedulerError } from './errors.ts';
import type { StepId, StepRequest } from './event.ts';

/** The steps of one run, known by their positions: looking up 150,000 names again and again is slow. */
export interface RequestGraph {
  readonly requests: readonly StepRequest[];
  /** For each request the positions of those that it depends on. */
  readonly dependencies: readonly (readonly number[])[];
}

/**
 * Finds the dependencies of each step among the others. Throws `duplicate-step`, `unknown-dependency` or
 * `bad-weight`.
 */
export function readRequests(requests: readonly StepRequest[]): RequestGraph {
  const positions = new Map<StepId, number>();
  for (const request of requests) {
    checkWeight(request);
    positions.set(request.id, positions.size);
  }
  if (positions.size < requests.length) throw duplicateStep(requests);
  return {
    requests,
    dependencies: requests.map(({ id, dependencies }) =>
      dependencies.map((dependency) => {
        const position = positions.get(dependency);
        if (position === undefined) throw unknownDependency(id, dependency);
        return position;
      }),
    ),
  };
}

function checkWeight({ id, weight }: StepRequest): void {
  if (weight === undefined || (weight >= 0 && weight < Infinity)) return;
  throw new SchedulerError('bad-weight', id, `the weight ${weight} of '${id}' is no duration`);
}

function duplicateStep(requests: readonly StepRequest[]): SchedulerError {
  const seen = new Set<StepId>();
  const again = requests.find(({ id }) => seen.size === seen.add(id).size);
  const subject = again?.id ?? 'a step';
  return new SchedulerError('duplicate-step', subject, `'${subject}' is given twice`);
}

function unknownDependency(id: StepId, dependency: StepId): SchedulerError {
  return new SchedulerError(
    'unknown-dependency',
    dependency,
    `'${id}' depends on '${dependency}', which is not a step of its run`,
  );
}
