import type { StorePath } from '@dispatch/nix/store-path';
import { holdPaths } from '@dispatch/protocol/operations/hold-paths';
import type { DedicatedConnection } from './connection-pool.ts';
import type { DaemonStore } from './daemon-store.ts';
import { cancelled, throwIfCancelled } from './errors.ts';
import { unlessAborted } from './waiting.ts';

/** One request on the connection of the roots, which gathers those of several callers. */
interface Turn {
  readonly rooted: Set<StorePath>;
  readonly asked: Set<StorePath>;
  /** Resolves with the paths of `asked` that are valid. */
  readonly done: Promise<ReadonlySet<StorePath>>;
}

/**
 * The paths that one run protects from garbage collection in one store, for as long as it lasts.
 *
 * A temporary root can only be given back by closing the connection that took it. So all roots of a
 * run are on one connection, which is used for nothing else and closed at the run's end.
 */
export class RunRoots {
  readonly store: DaemonStore;
  readonly #held = new Set<StorePath>();
  /** Paths whose roots were lost with a connection, to be rooted again. */
  readonly #owed = new Set<StorePath>();
  readonly #present = new Set<StorePath>();
  #open: DedicatedConnection | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();
  /** The turn that begins after the last one; calls join it until then. */
  #next: Turn | undefined;
  /** Whether a turn uses the connection; it says `usable: false` meanwhile, without being lost. */
  #adding = false;
  #closed = false;

  constructor(store: DaemonStore) {
    this.store = store;
  }

  /**
   * Roots paths, valid or not. Always root paths before asking whether they are valid, or they may
   * be collected in between. Calls made while another is under way are sent together. Also renews
   * the roots that were lost with an earlier connection, even when called without any path. The
   * signal ends only the wait, never the connection, which holds everybody's roots.
   */
  async add(paths: Iterable<StorePath>, signal?: AbortSignal): Promise<void> {
    const doing = `rooting paths in ${this.store.name}`;
    throwIfCancelled(signal, doing);
    const wanted = [...paths];
    if (this.#isUp && wanted.every((path) => this.#held.has(path))) return;
    const turn = (this.#next ??= this.#nextTurn());
    for (const path of wanted) turn.rooted.add(path);
    await unlessAborted(turn.done, signal, doing);
  }

  /**
   * Roots paths and returns the valid ones, which stay valid until the run ends. Nothing is
   * substituted. The signal ends only the wait.
   */
  async hold(paths: readonly StorePath[], signal?: AbortSignal): Promise<Set<StorePath>> {
    const doing = `rooting paths in ${this.store.name}`;
    throwIfCancelled(signal, doing);
    if (paths.length === 0) return new Set();
    const turn = (this.#next ??= this.#nextTurn());
    for (const path of paths) {
      turn.rooted.add(path);
      turn.asked.add(path);
    }
    const valid = await unlessAborted(turn.done, signal, doing);
    return new Set(paths.filter((path) => valid.has(path)));
  }

  /** Notes that paths are valid. Only for paths that were rooted before they were found valid. */
  markPresent(paths: Iterable<StorePath>): void {
    for (const path of paths) if (this.#held.has(path)) this.#present.add(path);
  }

  /** Whether the path is rooted and known to be valid, so that it stays so until the run ends. */
  isPresent(path: StorePath): boolean {
    return this.#present.has(path) && this.#isUp;
  }

  /** Gives all roots back. */
  close(): void {
    this.#closed = true;
    this.#loseConnection();
  }

  get #isUp(): boolean {
    return this.#adding || this.#open?.connection.usable === true;
  }

  #nextTurn(): Turn {
    const rooted = new Set<StorePath>();
    const asked = new Set<StorePath>();
    const done = this.#lastTurn.then(() => {
      this.#next = undefined;
      return this.#takeTurn(rooted, asked);
    });
    this.#lastTurn = done.catch(() => {});
    return { rooted, asked, done };
  }

  async #takeTurn(
    paths: ReadonlySet<StorePath>,
    asked: ReadonlySet<StorePath>,
  ): Promise<ReadonlySet<StorePath>> {
    if (this.#open?.connection.usable === false) this.#loseConnection();
    const wanted = new Set([...this.#owed, ...paths].filter((path) => !this.#held.has(path)));
    if (wanted.size === 0 && asked.size === 0) return asked;
    return this.#rootAndAsk([...wanted], [...asked]);
  }

  async #rootAndAsk(
    rooted: readonly StorePath[],
    asked: readonly StorePath[],
  ): Promise<ReadonlySet<StorePath>> {
    this.#refuseIfClosed();
    this.#open ??= await this.store.pool.dedicated();
    this.#refuseIfClosed();
    this.#adding = true;
    try {
      const valid = await this.#open.run((connection) => holdPaths(connection, { rooted, asked }));
      for (const path of rooted) this.#held.add(path);
      this.#owed.clear();
      this.markPresent(valid);
      return new Set(valid);
    } finally {
      this.#adding = false;
    }
  }

  #refuseIfClosed(): void {
    if (!this.#closed) return;
    this.#loseConnection();
    throw cancelled(undefined, `rooting paths in ${this.store.name} for a run that is over`);
  }

  // With the connection the roots are gone, so valid paths may be collected.
  #loseConnection(): void {
    this.#open?.close();
    this.#open = undefined;
    for (const path of this.#held) this.#owed.add(path);
    this.#held.clear();
    this.#present.clear();
  }
}
