import { eitherOf } from './waiting.ts';

/** A signal that is aborted when the caller's signal is, or when the time has passed. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Whether the time ran out, rather than the caller giving up. */
  passed(): boolean;
  /** Must be called when the work is over: removes the timer and the listener. */
  end(): void;
}

/** The longest delay of a timer, almost 25 days: Node fires one with a longer delay at once. */
export const longestTimerMs: number = 2 ** 31 - 1;

/** Seconds as the delay of a timer, at most the longest that it takes. */
export function timerMs(seconds: number): number {
  return Math.min(seconds * 1000, longestTimerMs);
}

/** Starts a limit of `seconds` that also follows the caller's signal. Call `end` in any case. */
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
