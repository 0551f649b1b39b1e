import type { BuilderName, BuilderOffer, StepId } from '@dispatch/scheduler/event';
import { PriorityQueue } from '@dispatch/scheduler/priority-queue';
import type { Job } from './work.ts';

/** A gigabit link, which each copy has for itself. */
const copiedBytesPerMs = 100_000;

/** A build that was started. */
export interface Started<Key> {
  readonly key: Key;
  readonly job: Job;
  readonly builder: BuilderName;
  readonly endMs: number;
}

/** Something that is to happen at a time, whether or not a build ends then. */
interface Alarm {
  readonly atMs: number;
  readonly order: number;
  readonly ring: () => void;
}

/**
 * Simulated builders, with a clock that jumps from the end of one build to the next. A build begins with the
 * copying of those direct inputs that its builder lacks; it has its slot from there on.
 */
export class SimulatedFarm<Key extends number | string> {
  readonly #jobs: ReadonlyMap<StepId, Job>;
  readonly #speeds: ReadonlyMap<BuilderName, number>;
  readonly #held: ReadonlyMap<BuilderName, Set<StepId>>;
  readonly #running: PriorityQueue<Started<Key>>;
  readonly #alarms = new PriorityQueue<Alarm>((a, b) => a.atMs - b.atMs || a.order - b.order);
  #lastAlarm = 0;
  readonly #order = new Map<Started<Key>, number>();
  #nowMs = 0;
  #copiedBytes = 0;

  constructor(jobs: readonly Job[], offers: readonly BuilderOffer[]) {
    this.#jobs = new Map(jobs.map((job) => [job.id, job]));
    this.#speeds = new Map(offers.map(({ name, speedFactor }) => [name, speedFactor]));
    this.#held = new Map(offers.map(({ name }) => [name, new Set()]));
    const orderOf = (one: Started<Key>): number => this.#order.get(one) ?? 0;
    this.#running = new PriorityQueue((a, b) => a.endMs - b.endMs || orderOf(a) - orderOf(b));
  }

  /** Milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get copiedBytes(): number {
    return this.#copiedBytes;
  }

  start(key: Key, step: StepId, builder: BuilderName): void {
    const job = this.#jobs.get(step);
    const held = this.#held.get(builder);
    if (job === undefined || held === undefined) throw new Error(`no ${step} or no ${builder}`);
    const copyMs = this.#copy(job, held) / copiedBytesPerMs;
    const buildMs = job.durationMs / (this.#speeds.get(builder) ?? 1);
    const started = { key, job, builder, endMs: this.#nowMs + copyMs + buildMs };
    this.#order.set(started, this.#order.size);
    this.#running.put(started);
  }

  /** Calls `ring` after so many milliseconds, if anything runs for so long. */
  wake(afterMs: number, ring: () => void): void {
    this.#lastAlarm += 1;
    this.#alarms.put({ atMs: this.#nowMs + afterMs, order: this.#lastAlarm, ring });
  }

  /** Goes on to the next end of a build; undefined when nothing runs. */
  next(): Started<Key> | undefined {
    this.#ringAlarms();
    const ended = this.#running.first();
    if (ended === undefined) return undefined;
    this.#running.delete(ended);
    this.#nowMs = ended.endMs;
    this.#held.get(ended.builder)?.add(ended.job.id);
    return ended;
  }

  #ringAlarms(): void {
    for (;;) {
      const alarm = this.#alarms.first();
      const ended = this.#running.first();
      if (alarm === undefined || ended === undefined || ended.endMs <= alarm.atMs) return;
      this.#alarms.delete(alarm);
      this.#nowMs = alarm.atMs;
      alarm.ring();
    }
  }

  #copy({ dependencies }: Job, held: Set<StepId>): number {
    let bytes = 0;
    for (const id of dependencies) {
      if (held.has(id)) continue;
      held.add(id);
      bytes += this.#jobs.get(id)?.outputBytes ?? 0;
    }
    this.#copiedBytes += bytes;
    return bytes;
  }
}
