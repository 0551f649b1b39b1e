import type { StorePath } from '@dispatch/nix/store-path';
import { deferred } from './deferred.ts';
import { cancelled } from './errors.ts';
import { unlessAborted } from './waiting.ts';

/** Sends paths; it stops when the signal, which is nobody's in particular, is aborted. */
type Send = (signal: AbortSignal) => Promise<void>;

/**
 * Paths on their way into one store, sent together. Whoever wants one of them waits for it here; it
 * is stopped only when nobody waits any more, so that one who gives up takes nothing from another.
 */
export class Delivery {
  readonly paths: readonly StorePath[];
  /** Names what sends them, to tell whether another sender could do better. */
  readonly source: string;
  readonly #controller = new AbortController();
  readonly #done: Promise<void>;
  readonly #begin = deferred<Send>();
  /** Whoever announced it, and all who wait. */
  #interested = 1;

  /** Whoever makes it and announces it must `leave` it in the end. */
  constructor(source: string, paths: readonly StorePath[]) {
    this.source = source;
    this.paths = paths;
    this.#done = this.#begin.promise.then((send) => send(this.#controller.signal));
    this.#done.catch(() => {});
  }

  /** Begins. Does nothing the second time. */
  start(send: Send): void {
    this.#begin.resolve(send);
  }

  /** Fails it with `cancelled` unless it has begun. */
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

  /** Waits for the end of it, or until the caller's signal is aborted. Throws why it failed. */
  async wait(signal?: AbortSignal): Promise<void> {
    this.#interested += 1;
    try {
      await unlessAborted(this.#done, signal, 'copying paths');
    } finally {
      this.leave();
    }
  }

  /** One less wants it; without anybody it stops. */
  leave(): void {
    this.#interested -= 1;
    if (this.#interested === 0) this.#controller.abort(new Error('nobody waits for it'));
  }
}

/**
 * What is on its way into one store: each path is sent there once, however many want it.
 *
 * Whoever has to wait for another's delivery holds none that has not begun, and all that one wants
 * to send is announced in one go: so two can never wait for each other.
 */
export class Deliveries {
  readonly #underWay = new Map<StorePath, Delivery>();
  readonly #watches = new Set<Set<StorePath>>();

  /**
   * Collects what arrives from now on. What was missing when a store was asked may have been brought
   * by another before it is announced: whoever asks must have been watching since before that.
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
