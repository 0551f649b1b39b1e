import { deferred } from './deferred.ts';

/** Yields lists until the signal is aborted. */
type Source<T> = (signal: AbortSignal) => AsyncIterable<readonly T[]>;

/**
 * Reads lists faster than they are taken, and yields everything that has arrived meanwhile as one
 * list, never an empty one. How much is read ahead is not bounded. When the caller has got the last
 * list or an error, or stops early, the source is ended too.
 */
export async function* readAhead<T>(
  source: Source<T>,
  signal?: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const stop = new AbortController();
  const stopNow = (): void => stop.abort(signal?.reason);
  if (signal?.aborted) stopNow();
  signal?.addEventListener('abort', stopNow, { once: true });
  const gathered = new Gathered(source(stop.signal));
  try {
    while (await gathered.hasMore()) yield gathered.take();
  } finally {
    stopNow();
    await gathered.ended;
    signal?.removeEventListener('abort', stopNow);
  }
}

/** The items that were read but not yet taken. */
class Gathered<T> {
  readonly #reading: Promise<false>;
  #items: T[] = [];
  #came = deferred<true>();

  constructor(source: AsyncIterable<readonly T[]>) {
    this.#reading = this.#readAll(source);
  }

  /** Resolves when the source has ended, even with an error. */
  get ended(): Promise<unknown> {
    return this.#reading.catch(() => {});
  }

  /** Waits for something to take; false at the end. Throws what the source threw. */
  async hasMore(): Promise<boolean> {
    return this.#items.length > 0 || Promise.race([this.#came.promise, this.#reading]);
  }

  take(): readonly T[] {
    const items = this.#items;
    this.#items = [];
    this.#came = deferred();
    return items;
  }

  async #readAll(source: AsyncIterable<readonly T[]>): Promise<false> {
    for await (const items of source) {
      for (const item of items) this.#items.push(item);
      if (items.length > 0) this.#came.resolve(true);
    }
    return false;
  }
}
