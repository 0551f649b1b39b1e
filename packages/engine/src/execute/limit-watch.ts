import { longestTimerMs } from '@dispatch/builders/time-limit';
import type { BuildSettings } from './build-settings.ts';

/** A limit has passed after this many ticks of its timer. */
const looksPerLimit = 5;

/** What a `LimitWatch` reports. */
export interface LimitListener {
  /** The build takes longer than it may, and its builder does not end it. */
  readonly onTimeout: () => void;
  /**
   * Nothing was heard of the build for longer than it may be silent. It may have printed all the
   * same: its builder keeps back what has no line end yet, such as a row of dots. Called again each
   * time that passes.
   */
  readonly onSilence: () => void;
}

/** A limit that is being waited for. */
interface Countdown {
  readonly restart: () => void;
  readonly end: () => void;
}

/**
 * Watches a build's limits, in case its builder does not keep them. Ending a build in time is the
 * builder's task: this waits somewhat longer, since the builder has to clean up, and its last
 * messages have to reach us.
 */
export class LimitWatch {
  readonly #settings: BuildSettings;
  readonly #listener: LimitListener;
  #whole: Countdown | undefined;
  #silence: Countdown | undefined;
  #isOver = false;

  constructor(settings: BuildSettings, listener: LimitListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** Called when the builder begins to build; before that it may wait for locks, which does not count. */
  begin(): void {
    const { timeout = 0, maxSilentTime } = this.#settings;
    const { onTimeout, onSilence } = this.#listener;
    this.#whole ??= this.#start(timeout, () => {
      this.end();
      onTimeout();
    });
    this.#silence ??= this.#start(maxSilentTime, () => {
      this.#silence?.restart();
      onSilence();
    });
  }

  /** The build printed something. */
  heard(): void {
    // A restart would revive a countdown that has ended.
    if (!this.#isOver) this.#silence?.restart();
  }

  /** Nothing is watched after this. */
  end(): void {
    this.#isOver = true;
    this.#whole?.end();
    this.#silence?.end();
  }

  /**
   * Counts ticks rather than time: this process may have stood still, and what came meanwhile is
   * still to be read.
   */
  #start(seconds: number, onPassed: () => void): Countdown | undefined {
    const ms = (seconds + patience(seconds)) * 1000;
    if (this.#isOver || seconds === 0 || ms > longestTimerMs) return undefined;
    let looks = 0;
    const timer = setInterval(() => {
      looks += 1;
      if (looks >= looksPerLimit) onPassed();
    }, ms / looksPerLimit);
    const restart = (): void => {
      looks = 0;
      timer.refresh();
    };
    return { restart, end: () => clearInterval(timer) };
  }
}

function patience(seconds: number): number {
  return Math.max(5, seconds / 10);
}
