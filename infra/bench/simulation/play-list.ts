import type { BuilderOffer, StepId } from '@dispatch/scheduler/event';
import { PriorityQueue } from '@dispatch/scheduler/priority-queue';
import type { Played } from './play-run.ts';
import { SimulatedFarm } from './simulated-farm.ts';
import { type Job, longestWays } from './work.ts';

/** Which of the jobs that are ready starts first. */
export type ListOrder = 'depth' | 'first in, first out' | 'name';

interface Ready {
  readonly job: Job;
  /** When it became ready. */
  readonly turn: number;
}

interface Machine {
  readonly offer: BuilderOffer;
  used: number;
}

/**
 * Simulates the jobs in a simple order, each on the machine that Nix's build hook takes: the least loaded for its
 * speed, and among those the fastest.
 */
export function playList(
  jobs: readonly Job[],
  offers: readonly BuilderOffer[],
  order: ListOrder,
): Played {
  const farm = new SimulatedFarm<StepId>(jobs, offers);
  const machines = new Map(offers.map((offer) => [offer.name, { offer, used: 0 }]));
  const ready = new PriorityQueue<Ready>(comparison(jobs, order));
  const waiting = new WaitingJobs(jobs);
  let turn = 0;
  const lineUp = (freed: readonly Job[]): void => {
    for (const job of freed) ready.put({ job, turn: turn++ });
  };
  const startAll = (): void => {
    for (let next = ready.first(); next !== undefined; next = ready.first()) {
      const machine = leastLoaded([...machines.values()]);
      if (machine === undefined) return;
      ready.delete(next);
      machine.used += 1;
      farm.start(next.job.id, next.job.id, machine.offer.name);
    }
  };
  lineUp(waiting.withoutDependencies());
  startAll();
  for (let ended = farm.next(); ended !== undefined; ended = farm.next()) {
    const machine = machines.get(ended.builder);
    if (machine !== undefined) machine.used -= 1;
    lineUp(waiting.freedBy(ended.key));
    startAll();
  }
  return { makespanMs: farm.nowMs, copiedBytes: farm.copiedBytes };
}

function comparison(jobs: readonly Job[], order: ListOrder): (a: Ready, b: Ready) => number {
  if (order === 'first in, first out') return (a, b) => a.turn - b.turn;
  if (order === 'name') {
    return (a, b) =>
      (a.job.name < b.job.name ? -1 : Number(a.job.name > b.job.name)) || a.turn - b.turn;
  }
  const depths = longestWays(jobs, () => 1);
  const depth = ({ job }: Ready): number => depths.get(job.id) ?? 0;
  return (a, b) => depth(b) - depth(a) || a.turn - b.turn;
}

function leastLoaded(machines: readonly Machine[]): Machine | undefined {
  const free = machines.filter(({ offer, used }) => used < offer.slots);
  const load = ({ offer, used }: Machine): number => used / offer.speedFactor;
  return free.toSorted((a, b) => load(a) - load(b) || b.offer.speedFactor - a.offer.speedFactor)[0];
}

/** Which jobs wait for which. */
class WaitingJobs {
  readonly #jobs: readonly Job[];
  readonly #left: Map<StepId, number>;
  readonly #dependants = new Map<StepId, Job[]>();

  constructor(jobs: readonly Job[]) {
    this.#jobs = jobs;
    this.#left = new Map(jobs.map(({ id, dependencies }) => [id, dependencies.length]));
    for (const job of jobs) {
      for (const id of job.dependencies) {
        const known = this.#dependants.get(id);
        if (known === undefined) this.#dependants.set(id, [job]);
        else known.push(job);
      }
    }
  }

  withoutDependencies(): Job[] {
    return this.#jobs.filter(({ dependencies }) => dependencies.length === 0);
  }

  freedBy(id: StepId): Job[] {
    return (this.#dependants.get(id) ?? []).filter((job) => {
      const left = (this.#left.get(job.id) ?? 0) - 1;
      this.#left.set(job.id, left);
      return left === 0;
    });
  }
}
