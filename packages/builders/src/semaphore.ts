import { deferred } from './deferred.ts';
import { unlessAborted } from './waiting.ts';

/** Lets at most `capacity` be held at a time; callers are served in the order of asking. */
export class Semaphore {
  #free: number;
  readonly #capacity: number;
  readonly #waiting: { readonly amount: number; readonly grant: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /**
   * Waits for `amount` and takes it; more than the whole capacity counts as the capacity, so that
   * nobody waits for ever. Returns a function that gives it back, once. Throws `cancelled` when the
   * signal is aborted first, and then holds nothing.
   */
  async acquire(amount = 1, signal?: AbortSignal): Promise<() => void> {
    const wanted = Math.min(amount, this.#capacity);
    if (this.#waiting.length > 0 || wanted > this.#free) await this.#waitFor(wanted, signal);
    else this.#free -= wanted;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += wanted;
      this.#serve();
    };
  }

  async #waitFor(amount: number, signal: AbortSignal | undefined): Promise<void> {
    const turn = deferred<void>();
    const waiter = { amount, grant: () => turn.resolve() };
    this.#waiting.push(waiter);
    try {
      await unlessAborted(turn.promise, signal, 'waiting for a turn');
    } catch (error) {
      const index = this.#waiting.indexOf(waiter);
      if (index === -1) this.#free += amount;
      else this.#waiting.splice(index, 1);
      this.#serve();
      throw error;
    }
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.amount > this.#free) return;
      this.#waiting.shift();
      this.#free -= next.amount;
      next.grant();
    }
  }
}
