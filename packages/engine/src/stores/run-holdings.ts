import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { RunRoots } from '@dispatch/builders/run-roots';

/**
 * What one run holds in each store, so that it is not collected as garbage while the run lasts, or
 * while work that was begun on its behalf still goes on for other runs.
 */
export class RunHoldings {
  readonly #roots = new Map<DaemonStore, RunRoots>();
  #users = 1;

  in(store: DaemonStore): RunRoots {
    const known = this.#roots.get(store);
    if (known !== undefined) return known;
    const roots = store.holdRoots();
    this.#roots.set(store, roots);
    if (this.#users === 0) roots.close();
    return roots;
  }

  /** Does `work` while what the run holds is kept, even if the run is over before it. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Gives up what the run holds everywhere. To be called once. */
  close(): void {
    this.#leave();
  }

  #leave(): void {
    this.#users -= 1;
    if (this.#users === 0) for (const roots of this.#roots.values()) roots.close();
  }
}
