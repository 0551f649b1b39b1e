import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { IdleEnd } from '../src/serve/idle-end.ts';

test('it ends when nobody has wanted anything for so long, and not while somebody does', async () => {
  const end = vi.fn<() => void>();
  const idle = new IdleEnd(20, end);
  idle.wanted = 1;
  await sleep(60);
  expect(end).not.toHaveBeenCalled();
  idle.wanted = 0;
  await vi.waitUntil(() => end.mock.calls.length === 1);
});

test.each([999_999 * 60_000, 2 ** 31, Infinity])(
  'after %d milliseconds means by no means at once',
  async (idleMs) => {
    const end = vi.fn<() => void>();
    const idle = new IdleEnd(idleMs, end);
    await sleep(50);
    expect(end).not.toHaveBeenCalled();
    idle.wanted = 1;
  },
);
