import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { StorePath } from '@dispatch/nix/store-path';

/** Which stores of a run hold which outputs, as far as they were asked or were told to build them. */
export class Locations {
  readonly #holders = new Map<StorePath, Set<DaemonStore>>();
  readonly #lost = new Set<StorePath>();

  add(path: StorePath, store: DaemonStore): void {
    const holders = this.#holders.get(path);
    this.#lost.delete(path);
    if (holders === undefined) this.#holders.set(path, new Set([store]));
    else holders.add(store);
  }

  /**
   * It was built there now. What others hold of it is from an earlier build, and may differ: nothing
   * is taken from them any more.
   */
  replace(path: StorePath, store: DaemonStore): void {
    this.#lost.delete(path);
    this.#holders.set(path, new Set([store]));
  }

  holdersOf(path: StorePath): readonly DaemonStore[] {
    return [...(this.#holders.get(path) ?? [])];
  }

  /** Whether a store holds it, so that it can be taken from there. */
  isHeld(path: StorePath): boolean {
    return this.#holders.has(path);
  }

  /** Whether the only stores that held it are gone. */
  isLost(path: StorePath): boolean {
    return this.#lost.has(path);
  }

  /** Those that held it do not have it any more. */
  lose(path: StorePath): void {
    if (this.#holders.delete(path)) this.#lost.add(path);
  }

  /** A store is gone, and all that lay there with it, which is returned. */
  forget(store: DaemonStore): StorePath[] {
    const forgotten: StorePath[] = [];
    for (const [path, holders] of this.#holders) {
      if (!holders.delete(store)) continue;
      forgotten.push(path);
      if (holders.size === 0) this.lose(path);
    }
    return forgotten;
  }
}
