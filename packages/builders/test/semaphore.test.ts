import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Semaphore } from '../src/semaphore.ts';

describe('a semaphore', () => {
  it('never lets more be held than there is, and serves in the order of asking', async () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(amounts, async (asked) => {
        const semaphore = new Semaphore(10);
        let held = 0;
        let highest = 0;
        const served: number[] = [];
        await Promise.all(
          asked.map(async (amount, index) => {
            const release = await semaphore.acquire(amount);
            served.push(index);
            held += Math.min(amount, 10);
            highest = Math.max(highest, held);
            await Promise.resolve();
            held -= Math.min(amount, 10);
            release();
            release();
          }),
        );
        expect(highest).toBeLessThanOrEqual(10);
        expect(served).toEqual(asked.map((_, index) => index));
      }),
    );
  });

  it('lets one who gives up hold nothing, and the next one have the turn', async () => {
    const semaphore = new Semaphore(2);
    const release = await semaphore.acquire(1);
    const abort = new AbortController();
    const greedy = semaphore.acquire(2, abort.signal);
    const modest = semaphore.acquire(1);
    abort.abort();
    await expect(greedy).rejects.toMatchObject({ code: 'cancelled' });
    (await modest)();
    release();
    (await semaphore.acquire(2))();
  });
});
