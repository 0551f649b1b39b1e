import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LimitWatch } from '../src/execute/limit-watch.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watch(timeout: number | undefined, maxSilentTime: number) {
  let times = 0;
  const settings = { timeout, maxSilentTime, cores: undefined, hubCores: undefined };
  const limits = new LimitWatch(settings, () => (times += 1));
  const after = (seconds: number): string | undefined => {
    vi.advanceTimersByTime(seconds * 1000);
    expect(times).toBe(limits.passed === undefined ? 0 : 1);
    return limits.passed?.option;
  };
  return { limits, after };
}

it('a build may take its time-out and a little longer, counted from when it begins', () => {
  const { limits, after } = watch(10, 0);
  expect(after(1000)).toBeUndefined();
  limits.begin();
  limits.begin();
  expect(after(14.9)).toBeUndefined();
  expect(after(0.2)).toBe('timeout');
  expect(limits.passed?.seconds).toBe(10);
});

it('a tenth longer where that is more', () => {
  const { limits, after } = watch(100, 0);
  limits.begin();
  expect(after(109)).toBeUndefined();
  expect(after(2)).toBe('timeout');
});

it('silence counts from the last line', () => {
  const { limits, after } = watch(100, 2);
  limits.begin();
  expect(after(6)).toBeUndefined();
  limits.heard();
  expect(after(6)).toBeUndefined();
  expect(after(2)).toBe('max-silent-time');
  limits.heard();
  expect(after(500)).toBe('max-silent-time');
});

it('without limits, with a limit beyond all timers, and after the end nothing happens', () => {
  const none = watch(undefined, 0);
  const long = watch(999_999_999, 999_999_999);
  const ended = watch(1, 1);
  for (const { limits } of [none, long, ended]) limits.begin();
  ended.limits.end();
  for (const { after } of [none, long, ended]) expect(after(1_000_000)).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});
