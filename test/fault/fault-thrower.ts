import { setTimeout as sleep } from 'node:timers/promises';
import { drawFault, type Target, type ThrownFault } from './faults.ts';
import type { Seeded } from './seeded.ts';

/** How many faults a storm has at most: otherwise a farm might never build anything. */
const faultsOfStorm = 12;

/**
 * A fault that was thrown. Some, such as collecting garbage, are work themselves: `until` is when that ended, in
 * Unix milliseconds.
 */
interface Strike {
  readonly fault: ThrownFault;
  until: number;
}

/**
 * Throws one fault after the other until it is stopped, and heals each in time. No machine has two faults at
 * once, and `mayStrike` may forbid others. A fault that is forbidden is drawn all the same, so that a seed gives
 * the same draws whatever the machine does.
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

  /**
   * Whether a fault of this name was thrown at this target and still worked at that time (Unix milliseconds), or
   * later.
   */
  wasStriking(name: string, target: Target, since: number): boolean {
    return this.#strikes.some(
      ({ fault, until }) => fault.name === name && fault.target === target && until >= since,
    );
  }

  /** Throws no more faults; resolves when all are healed. */
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
