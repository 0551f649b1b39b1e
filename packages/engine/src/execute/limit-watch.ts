import { longestTimerMs } from '@dispatch/builders/time-limit';
import type { BuildSettings } from './build-settings.ts';

/** How often it is looked within one limit whether it is over. */
const looksPerLimit = 5;

/** What a watch says. */
export interface LimitListener {
  /** The build takes longer than it may, and its builder does not end it. */
  readonly onTimeout: () => void;
  /**
   * Nothing was heard of it for longer than it may be silent. It need not be silent: what it prints without ending
   * the line, such as a row of dots, its builder keeps to itself. Said again each time when it lasts.
   */
  readonly onSilence: () => void;
}

/** A limit that is being waited for. */
interface Countdown {
  readonly restart: () => void;
  readonly end: () => void;
}

/**
 * A watch of our own over a build's limits, for when its builder does not keep them. It is the
 * builder that ends a build in time: we wait for that a while longer, since it has to clean up, and
 * its last words have to reach us.
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

  /** The builder begins to build; before that it may wait for locks, which counts for nothing. */
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
    // What has ended would start anew.
    if (!this.#isOver) this.#silence?.restart();
  }

  /** Nothing is watched after this. */
  end(): void {
    this.#isOver = true;
    this.#whole?.end();
    this.#silence?.end();
  }

  /**
   * Looks are counted and not time: this process may have stood still, and what came meanwhile is still
   * to be read.
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
