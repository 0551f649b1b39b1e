import type { StorePath } from '@dispatch/nix/store-path';
import { deferred } from './deferred.ts';
import { cancelled } from './errors.ts';
import { unlessAborted } from './waiting.ts';

/** Sends paths until done, or until the signal, which is the delivery's own, is aborted. */
type Send = (signal: AbortSignal) => Promise<void>;

/**
 * Paths on their way into one store, sent together. Whoever wants one of them waits for it here; it
 * is stopped only when nobody waits any more, so that a caller who gives up takes nothing from
 * another.
 */
export class Delivery {
  readonly paths: readonly StorePath[];
  /**
   * The name of the store that sends them, to tell whether sending from another store could help.
   */
  readonly source: string;
  readonly #controller = new AbortController();
  readonly #done: Promise<void>;
  readonly #begin = deferred<Send>();
  /** How many want it: the one who announced it, and all who wait. */
  #interested = 1;

  /** Whoever makes a delivery must `leave` it in the end. */
  constructor(source: string, paths: readonly StorePath[]) {
    this.source = source;
    this.paths = paths;
    this.#done = this.#begin.promise.then((send) => send(this.#controller.signal));
    this.#done.catch(() => {});
  }

  /** Begins sending; does nothing when called again. */
  start(send: Send): void {
    this.#begin.resolve(send);
  }

  /** Makes it fail with `cancelled` unless it has begun. */
  withdraw(): void {
    this.#begin.reject(cancelled(undefined, 'waiting for the paths before these'));
  }

  /** Calls back once it is over, however it went. */
  onEnd(callback: (outcome: 'arrived' | 'failed') => void): void {
    void this.#done.then(
      () => callback('arrived'),
      () => callback('failed'),
    );
  }

  /** Waits until it has arrived, or until the caller's signal is aborted. Throws why it failed. */
  async wait(signal?: AbortSignal): Promise<void> {
    this.#interested += 1;
    try {
      await unlessAborted(this.#done, signal, 'copying paths');
    } finally {
      this.leave();
    }
  }

  /** Tells that one party no longer wants it; without any it stops. */
  leave(): void {
    this.#interested -= 1;
    if (this.#interested === 0) this.#controller.abort(new Error('nobody waits for it'));
  }
}

/**
 * The paths on their way into one store: each is sent there once, however many callers want it.
 *
 * Whoever waits for another's delivery has none of his own that has not begun, and each caller
 * announces all that he wants to send in one go: so two callers can never wait for each other.
 */
export class Deliveries {
  readonly #underWay = new Map<StorePath, Delivery>();
  readonly #watches = new Set<Set<StorePath>>();

  /**
   * Collects the paths that arrive from now on. A path that the store lacked when it was asked may
   * have been brought by another copy before we announce it: so begin to watch before asking.
   */
  watch(): { readonly arrived: ReadonlySet<StorePath>; readonly end: () => void } {
    const arrived = new Set<StorePath>();
    this.#watches.add(arrived);
    return { arrived, end: () => this.#watches.delete(arrived) };
  }

  /** The deliveries that hold any of these paths. */
  of(paths: Iterable<StorePath>): Set<Delivery> {
    const found = new Set<Delivery>();
    for (const path of paths) {
      const delivery = this.#underWay.get(path);
      if (delivery !== undefined) found.add(delivery);
    }
    return found;
  }

  /** Announces a delivery; none of its paths may be under way already. */
  announce(delivery: Delivery): void {
    for (const path of delivery.paths) this.#underWay.set(path, delivery);
    delivery.onEnd((outcome) => {
      for (const path of delivery.paths) this.#underWay.delete(path);
      if (outcome === 'arrived') this.#noteArrival(delivery.paths);
    });
  }

  #noteArrival(paths: readonly StorePath[]): void {
    for (const arrived of this.#watches) for (const path of paths) arrived.add(path);
  }
}
