/** What `wait` resolves to when it was interrupted. */
export const interrupted: unique symbol = Symbol('interrupted');

/**
 * Waits that another party can end. (`Promise.race` with a promise that lives as long as a transfer
 * would keep every chunk's result for as long.)
 */
export class Interruptible {
  #isInterrupted = false;
  #wake: (() => void) | undefined;

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Ends the present wait and all to come. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#wake?.();
  }

  /** The outcome of `promise`, or `interrupted` if that happens first. */
  wait<T>(promise: Promise<T>): Promise<T | typeof interrupted> {
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(interrupted);
      if (this.#isInterrupted) this.#wake();
      promise.then(resolve, reject);
    });
  }
}
