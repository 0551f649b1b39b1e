/** Lets only so much be held at a time; whoever waits is served in the order of asking. */
export class Semaphore {
  #free: number;
  readonly #capacity: number;
  readonly #waiting: { readonly amount: number; readonly grant: () => void }[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /**
   * Waits for `amount` and takes it; what is beyond the whole capacity counts as the capacity, so
   * that nobody waits for ever. Returns the function that gives it back, once.
   */
  async acquire(amount = 1): Promise<() => void> {
    const wanted = Math.min(amount, this.#capacity);
    if (this.#waiting.length > 0 || wanted > this.#free) {
      await new Promise<void>((grant) => this.#waiting.push({ amount: wanted, grant }));
    } else {
      this.#free -= wanted;
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += wanted;
      this.#serve();
    };
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
