import { describe, expect, it } from 'vitest';
import { deferred } from '../src/deferred.ts';
import { readAhead } from '../src/read-ahead.ts';

async function* nothing(): AsyncGenerator<number[]> {
  yield [];
}

async function* broken(): AsyncGenerator<number[]> {
  yield [1];
  throw new Error('the source is broken');
}

async function* waiting(signal: AbortSignal): AsyncGenerator<number[]> {
  yield [1];
  await new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

describe('reading ahead', () => {
  it('gives out together what has come while its reader was busy, in its order', async () => {
    const read = deferred<void>();
    async function* source(): AsyncGenerator<number[]> {
      yield [];
      yield [1, 2];
      yield [3];
      yield [4];
      read.resolve();
    }
    const given: (readonly number[])[] = [];
    for await (const items of readAhead(source)) {
      given.push(items);
      await read.promise;
    }
    expect(given.flat()).toEqual([1, 2, 3, 4]);
    expect(given.length).toBeLessThanOrEqual(2);
  });

  it('gives nothing of an empty source', async () => {
    for await (const _ of readAhead(nothing)) expect.unreachable();
  });

  it('gives what came before a failure, then fails', async () => {
    const given: number[] = [];
    const reading = (async () => {
      for await (const items of readAhead(broken)) given.push(...items);
    })();
    await expect(reading).rejects.toThrow('the source is broken');
    expect(given).toEqual([1]);
  });

  it('stops the source when its reader gives up, and waits for its end', async () => {
    let ended = false;
    async function* endless(signal: AbortSignal): AsyncGenerator<number[]> {
      while (!signal.aborted) {
        yield [1];
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      ended = true;
    }
    for await (const _ of readAhead(endless)) break;
    expect(ended).toBe(true);
  });

  it('passes an abort on to the source', async () => {
    const abort = new AbortController();
    const reading = (async () => {
      for await (const _ of readAhead(waiting, abort.signal)) abort.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow('enough');
  });
});
