import { eitherOf } from './waiting.ts';

/** A signal that is aborted when the caller's is, or when its seconds have passed. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Whether it was the time that ran out, rather than the caller who gave up. */
  passed(): boolean;
  /** Must be called when the work is over: takes the timer and the listener away. */
  end(): void;
}

/** Nobody waits longer than 24 days: a timer that is to wait for more ends at once. */
export const longestTimerMs: number = 2 ** 31 - 1;

/** What a timer takes for so many seconds. */
export function timerMs(seconds: number): number {
  return Math.min(seconds * 1000, longestTimerMs);
}

/** For waiting no longer than so many seconds, or until the caller's own signal; `end` it always. */
export function startTimeLimit(seconds: number, caller: AbortSignal | undefined): TimeLimit {
  const time = new AbortController();
  const timer = setTimeout(() => {
    time.abort(new Error(`no answer within ${seconds} s`));
  }, timerMs(seconds));
  const either = eitherOf(time.signal, caller);
  return {
    signal: either.signal,
    passed: () => time.signal.aborted,
    end: () => {
      clearTimeout(timer);
      either.end();
    },
  };
}
