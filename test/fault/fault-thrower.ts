import { setTimeout as sleep } from 'node:timers/promises';
import type { FragileBuilder } from './fault-farm.ts';
import { drawFault, heal, strike, type ThrownFault } from './faults.ts';
import type { Seeded } from './seeded.ts';

/** A storm has an end, or a farm may never come to build anything. */
const faultsOfStorm = 12;

/**
 * Throws one fault after the other until it is stopped, and heals each in time. One machine is always left alone, and
 * none has two faults at once: what is drawn against that does not happen, but was drawn, so that a seed gives the
 * same draws whatever the machine does.
 */
export class FaultThrower {
  /** What happened, in order, as a person would tell it. */
  readonly story: string[] = [];
  readonly #random: Seeded;
  readonly #builders: readonly FragileBuilder[];
  readonly #broken = new Map<FragileBuilder, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;

  constructor(random: Seeded, builders: readonly FragileBuilder[]) {
    this.#random = random;
    this.#builders = builders;
    this.#over = this.#throwAll();
  }

  /** No more faults; returns when all is healed. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#over;
    await Promise.all(this.#broken.values());
  }

  async #throwAll(): Promise<void> {
    while (!this.#stop.signal.aborted && this.story.length < faultsOfStorm) {
      const pause = this.#random.between(100, 800);
      const fault = drawFault(this.#random, this.#builders);
      await this.#wait(pause);
      const isLast = this.#broken.size >= this.#builders.length - 1;
      if (this.#stop.signal.aborted || isLast || this.#broken.has(fault.target)) continue;
      const over = this.#play(fault).finally(() => this.#broken.delete(fault.target));
      this.#broken.set(fault.target, over);
    }
  }

  async #play(fault: ThrownFault): Promise<void> {
    const { name, target, ms } = fault;
    this.story.push(`${name} at ${target.builder.name} for ${Math.round(ms)} ms`);
    await strike(fault);
    await this.#wait(ms);
    await heal(fault);
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
