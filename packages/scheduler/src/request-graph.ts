import { SchedulerError } from './errors.ts';
import type { StepId, StepRequest } from './event.ts';

/**
 * The steps of one run, addressed by position: looking up 150,000 names again and again would be
 * slow, as would a list of dependencies for each of them.
 */
export class RequestGraph {
  readonly requests: readonly StepRequest[];
  /** Where the dependencies of each request begin in `#dependencies`, and at the end its length. */
  readonly #starts: Int32Array;
  readonly #dependencies: Int32Array;

  /** Throws `duplicate-step`, `unknown-dependency` or `bad-weight`. */
  constructor(requests: readonly StepRequest[]) {
    const positions = positionsOf(requests);
    this.requests = requests;
    this.#starts = new Int32Array(requests.length + 1);
    let count = 0;
    for (const [at, { dependencies }] of requests.entries()) {
      count += dependencies.length;
      this.#starts[at + 1] = count;
    }
    this.#dependencies = new Int32Array(count);
    this.#find(positions);
  }

  /** The positions of the dependencies of the request at `at`. */
  *dependenciesOf(at: number): Iterable<number> {
    const end = this.#starts[at + 1] ?? 0;
    for (let next = this.#starts[at] ?? 0; next < end; next += 1) {
      yield this.#dependencies[next] ?? 0;
    }
  }

  /** The dependencies of all requests, one after the other, with repetitions. */
  get allDependencies(): Int32Array {
    return this.#dependencies;
  }

  #find(positions: ReadonlyMap<StepId, number>): void {
    let next = 0;
    for (const { id, dependencies } of this.requests) {
      for (const dependency of dependencies) {
        const position = positions.get(dependency);
        if (position === undefined) throw unknownDependency(id, dependency);
        this.#dependencies[next] = position;
        next += 1;
      }
    }
  }
}

function positionsOf(requests: readonly StepRequest[]): ReadonlyMap<StepId, number> {
  const positions = new Map<StepId, number>();
  for (const request of requests) {
    checkWeight(request);
    positions.set(request.id, positions.size);
  }
  if (positions.size < requests.length) throw duplicateStep(requests);
  return positions;
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
