import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LimitWatch } from '../src/execute/limit-watch.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function watch(timeout: number | undefined, maxSilentTime: number) {
  let said: string[] = [];
  const settings = { timeout, maxSilentTime, cores: undefined, hubCores: undefined };
  const limits = new LimitWatch(settings, {
    onTimeout: () => void said.push('timeout'),
    onSilence: () => void said.push('silence'),
  });
  const after = (seconds: number): string[] => {
    said = [];
    vi.advanceTimersByTime(seconds * 1000);
    return said;
  };
  return { limits, after };
}

it('a build may take its time-out and a little longer, counted from when it begins', () => {
  const { limits, after } = watch(10, 0);
  expect(after(1000)).toEqual([]);
  limits.begin();
  limits.begin();
  expect(after(14.9)).toEqual([]);
  expect(after(0.2)).toEqual(['timeout']);
  expect(after(500)).toEqual([]);
});

it('a tenth longer where that is more', () => {
  const { limits, after } = watch(100, 0);
  limits.begin();
  expect(after(109)).toEqual([]);
  expect(after(2)).toEqual(['timeout']);
});

it('silence counts from the last line, and is told as often as it is too long', () => {
  const { limits, after } = watch(1000, 2);
  limits.begin();
  expect(after(6)).toEqual([]);
  limits.heard();
  expect(after(6)).toEqual([]);
  expect(after(2)).toEqual(['silence']);
  limits.heard();
  expect(after(6)).toEqual([]);
  expect(after(8)).toEqual(['silence', 'silence']);
  limits.end();
  limits.heard();
  expect(after(500)).toEqual([]);
});

it('without limits, with a limit beyond all timers, and after the end nothing happens', () => {
  const none = watch(undefined, 0);
  const long = watch(999_999_999, 999_999_999);
  const ended = watch(1, 1);
  for (const { limits } of [none, long, ended]) limits.begin();
  ended.limits.end();
  for (const { after } of [none, long, ended]) expect(after(1_000_000)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});
