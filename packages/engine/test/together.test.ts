import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { together } from '../src/execute/together.ts';

const failing = (): Promise<void> => Promise.reject(new Error('first'));
const never = new AbortController().signal;

test('the first failure stops the others, and is thrown once they have ended', async () => {
  let ended = false;
  const slow = async (signal: AbortSignal): Promise<void> => {
    await delay(10_000, undefined, { signal }).catch(() => {});
    await delay(20);
    ended = true;
  };
  await expect(together([slow, failing], never)).rejects.toThrow('first');
  expect(ended).toBe(true);
});

test('an abort from outside reaches all of them', async () => {
  const abort = new AbortController();
  const works = [1, 2].map(() => (signal: AbortSignal) => delay(10_000, undefined, { signal }));
  const all = together(works, abort.signal);
  abort.abort();
  await expect(all).rejects.toMatchObject({ name: 'AbortError' });
});
