import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { probeDelay } from '@dispatch/scheduler/patience';
import { faultOfStore } from '../execute/fault-of-store.ts';

/** Waits for a hub that is away, as long as the scheduler would. */
export class HubWait {
  readonly #hub: DaemonStore;
  readonly #maximumProbes: number;
  readonly #signal: AbortSignal;
  #underWay: Promise<boolean> | undefined;

  constructor(hub: DaemonStore, maximumProbes: number, signal: AbortSignal) {
    this.#hub = hub;
    this.#maximumProbes = maximumProbes;
    this.#signal = signal;
  }

  /** Whether the hub answers, at once or after a while; all who wait do so together. */
  untilBack(): Promise<boolean> {
    this.#underWay ??= this.#call().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #call(): Promise<boolean> {
    for (let vain = 0; ; vain += 1) {
      const fault = await faultOfStore(this.#hub, this.#signal);
      if (this.#signal.aborted) return false;
      if (fault === undefined) return true;
      if (vain >= this.#maximumProbes) return false;
      await delay(probeDelay(vain), undefined, { signal: this.#signal }).catch(() => {});
    }
  }
}
