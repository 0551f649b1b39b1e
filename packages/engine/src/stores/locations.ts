import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { StorePath } from '@dispatch/nix/store-path';

/** Which stores of a run hold which outputs, as far as they were asked, or were told to build them. */
export class Locations {
  readonly #holders = new Map<StorePath, Set<DaemonStore>>();
  readonly #lost = new Set<StorePath>();
  readonly #unmade = new Set<StorePath>();

  add(path: StorePath, store: DaemonStore): void {
    const holders = this.#holders.get(path);
    this.#noteThere(path);
    if (holders === undefined) this.#holders.set(path, new Set([store]));
    else holders.add(store);
  }

  /**
   * Notes that a path was just built in a store. What others hold of it is from an earlier build,
   * and may differ: nothing is taken from them any more.
   */
  replace(path: StorePath, store: DaemonStore): void {
    this.#noteThere(path);
    this.#holders.set(path, new Set([store]));
  }

  /** Notes that no store had the path when all were asked. */
  noteUnmade(path: StorePath): void {
    if (!this.isHeld(path)) this.#unmade.add(path);
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

  /** Whether it is nowhere: the only stores that held it are gone, or none ever did. */
  isNowhere(path: StorePath): boolean {
    return this.#lost.has(path) || this.#unmade.has(path);
  }

  /** Notes that a store no longer has the path. Returns whether that was news. */
  disown(path: StorePath, store: DaemonStore): boolean {
    const holders = this.#holders.get(path);
    if (holders === undefined || !holders.delete(store)) return false;
    if (holders.size === 0) this.lose(path);
    return true;
  }

  /** Notes that no store that held the path has it any more. */
  lose(path: StorePath): void {
    if (this.#holders.delete(path)) this.#lost.add(path);
  }

  /** Notes that a store is gone. Returns the paths that it held. */
  forget(store: DaemonStore): StorePath[] {
    const forgotten: StorePath[] = [];
    for (const path of this.#holders.keys()) if (this.disown(path, store)) forgotten.push(path);
    return forgotten;
  }

  #noteThere(path: StorePath): void {
    this.#lost.delete(path);
    this.#unmade.delete(path);
  }
}
