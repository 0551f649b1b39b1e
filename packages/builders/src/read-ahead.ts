import { deferred } from './deferred.ts';

/** What gives lists bit by bit, until the signal is aborted. */
type Source<T> = (signal: AbortSignal) => AsyncIterable<readonly T[]>;

/**
 * Reads lists ahead of whoever takes them, and gives out in one what has come meanwhile; none is
 * empty. What is read ahead is not bounded. Nothing of it goes on once its reader has got the last
 * list, an error, or has given up.
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

/** What has been read and not been taken. */
class Gathered<T> {
  readonly #reading: Promise<false>;
  #items: T[] = [];
  #came = deferred<true>();

  constructor(source: AsyncIterable<readonly T[]>) {
    this.#reading = this.#readAll(source);
  }

  /** Settles when the source has ended, however it did. */
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
