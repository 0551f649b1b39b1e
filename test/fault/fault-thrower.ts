import { setTimeout as sleep } from 'node:timers/promises';
import { drawFault, type Target, type ThrownFault } from './faults.ts';
import type { Seeded } from './seeded.ts';

/** A storm has an end, or a farm may never come to build anything. */
const faultsOfStorm = 12;

/** Some faults, such as collecting garbage, are work themselves, until a time in Unix milliseconds. */
interface Strike {
  readonly fault: ThrownFault;
  until: number;
}

/**
 * Throws one fault after the other until it is stopped, and heals each in time. No machine has two faults at once, and
 * `mayStrike` may forbid others: what is drawn against that does not happen, but was drawn, so that a seed gives the
 * same draws whatever the machine does.
 */
export class FaultThrower {
  /** What happened, in order, as a person would tell it. */
  readonly story: string[] = [];
  readonly #random: Seeded;
  readonly #targets: readonly Target[];
  readonly #mayStrike: (target: Target, broken: ReadonlySet<Target>) => boolean;
  readonly #broken = new Map<Target, Promise<void>>();
  readonly #strikes: Strike[] = [];
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;

  constructor(
    random: Seeded,
    targets: readonly Target[],
    mayStrike: (target: Target, broken: ReadonlySet<Target>) => boolean,
  ) {
    this.#random = random;
    this.#targets = targets;
    this.#mayStrike = mayStrike;
    this.#over = this.#throwAll();
  }

  /** Whether such a fault was still being thrown at this target at that time (Unix milliseconds), or later. */
  wasStriking(name: string, target: Target, since: number): boolean {
    return this.#strikes.some(
      ({ fault, until }) => fault.name === name && fault.target === target && until >= since,
    );
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
      const fault = drawFault(this.#random, this.#targets);
      await this.#wait(pause);
      const broken = new Set(this.#broken.keys());
      if (this.#stop.signal.aborted || broken.has(fault.target)) continue;
      if (!this.#mayStrike(fault.target, broken)) continue;
      const over = this.#play(fault).finally(() => this.#broken.delete(fault.target));
      this.#broken.set(fault.target, over);
    }
  }

  async #play(fault: ThrownFault): Promise<void> {
    const { name, target, ms } = fault;
    this.story.push(`${name} at ${target.name} for ${Math.round(ms)} ms`);
    const strike = { fault, until: Infinity };
    this.#strikes.push(strike);
    await fault.strike();
    strike.until = Date.now();
    await this.#wait(ms);
    await fault.heal();
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}
