import type { StorePath } from '@dispatch/nix/store-path';
import { holdPaths } from '@dispatch/protocol/operations/hold-paths';
import type { DedicatedConnection } from './connection-pool.ts';
import type { DaemonStore } from './daemon-store.ts';
import { cancelled, throwIfCancelled } from './errors.ts';
import { unlessAborted } from './waiting.ts';

/** What is done in one go on the connection of the roots. */
interface Turn {
  readonly rooted: Set<StorePath>;
  readonly asked: Set<StorePath>;
  /** Those of the asked that are valid. */
  readonly done: Promise<ReadonlySet<StorePath>>;
}

/**
 * What one run holds in one store: the paths there that must not be collected as garbage while the
 * run lasts.
 *
 * A temporary root cannot be given back but by closing the connection that took it. So all of a
 * run's roots lie on one connection, which is used for nothing else and closed at the run's end.
 */
export class RunRoots {
  readonly store: DaemonStore;
  readonly #held = new Set<StorePath>();
  /** What was held on a connection that was lost, and is to be held again. */
  readonly #owed = new Set<StorePath>();
  readonly #present = new Set<StorePath>();
  #open: DedicatedConnection | undefined;
  #lastTurn: Promise<unknown> = Promise.resolve();
  /** What is to be done as soon as that is. */
  #next: Turn | undefined;
  /** While the connection is busy, it says that it is not usable; that is no loss. */
  #adding = false;
  #closed = false;

  constructor(store: DaemonStore) {
    this.store = store;
  }

  /**
   * Roots paths, valid or not. Root first and only then ask whether they are valid: the other way
   * round, they may be collected in between. The signal ends the waiting, and never the connection
   * on which everybody's roots lie. What is asked for while others are rooted goes together. What was
   * lost with an earlier connection is rooted again with it: so no paths at all are asked for, too.
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
   * Roots paths and gives those of them that are valid; these stay so until the run ends. Nothing is
   * substituted. The signal ends only the waiting.
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

  /** Notes paths as valid. Only for those that were rooted before their validity was asked. */
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

  // What was seen to be valid may be collected once its root is lost with the connection.
  #loseConnection(): void {
    this.#open?.close();
    this.#open = undefined;
    for (const path of this.#held) this.#owed.add(path);
    this.#held.clear();
    this.#present.clear();
  }
}
