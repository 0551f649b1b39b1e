import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { RunRoots } from '@dispatch/builders/run-roots';

/** What one run holds in each store, so that it is not collected as garbage while the run lasts. */
export class RunHoldings {
  readonly #roots = new Map<DaemonStore, RunRoots>();

  in(store: DaemonStore): RunRoots {
    const known = this.#roots.get(store);
    if (known !== undefined) return known;
    const roots = store.holdRoots();
    this.#roots.set(store, roots);
    return roots;
  }

  /** Gives up what the run holds everywhere. */
  close(): void {
    for (const roots of this.#roots.values()) roots.close();
  }
}
