import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { neededProbeDelay } from '@dispatch/scheduler/patience';
import type { EventSink } from '../events.ts';
import { faultOfStore } from '../execute/fault-of-store.ts';

interface HubWaitOptions {
  readonly hub: DaemonStore;
  /** How many calls follow the first one in vain before the hub is given up. */
  readonly maximumProbes: number;
  readonly emit: EventSink;
  readonly signal: AbortSignal;
}

/** Waits for a hub that is away, as long as the scheduler would, and emits events about it. */
export class HubWait {
  readonly #options: HubWaitOptions;
  #underWay: Promise<boolean> | undefined;

  constructor(options: HubWaitOptions) {
    this.#options = options;
  }

  /** Resolves to whether the hub answers, at once or after a while. All callers share one wait. */
  untilBack(): Promise<boolean> {
    this.#underWay ??= this.#call().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #call(): Promise<boolean> {
    const { hub, maximumProbes, emit, signal } = this.#options;
    for (let vain = 0; ; vain += 1) {
      const reason = await faultOfStore(hub, signal);
      if (signal.aborted) return false;
      if (reason === undefined) {
        if (vain > 0) emit({ type: 'hub-back' });
        return true;
      }
      if (vain === 0) emit({ type: 'hub-away', reason });
      if (vain >= maximumProbes) return false;
      await delay(neededProbeDelay(vain), undefined, { signal }).catch(() => {});
    }
  }
}
