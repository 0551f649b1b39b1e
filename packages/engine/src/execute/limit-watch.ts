import type { BuildSettings } from './build-settings.ts';

/** A limit that a build ran into. */
export interface PassedLimit {
  readonly option: 'timeout' | 'max-silent-time';
  readonly seconds: number;
}

/** Timers reach 24 days; nobody waits longer. */
const longestMs = 2 ** 31 - 1;

/** How often it is looked within one limit whether it is over. */
const looksPerLimit = 5;

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
  readonly #onPassed: () => void;
  #whole: Countdown | undefined;
  #silence: Countdown | undefined;
  #passed: PassedLimit | undefined;
  #isOver = false;

  constructor(settings: BuildSettings, onPassed: () => void) {
    this.#settings = settings;
    this.#onPassed = onPassed;
  }

  /** The limit that was passed first. */
  get passed(): PassedLimit | undefined {
    return this.#passed;
  }

  /** The builder begins to build; before that it may wait for locks, which counts for nothing. */
  begin(): void {
    const { timeout = 0, maxSilentTime } = this.#settings;
    this.#whole ??= this.#start({ option: 'timeout', seconds: timeout });
    this.#silence ??= this.#start({ option: 'max-silent-time', seconds: maxSilentTime });
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
  #start(limit: PassedLimit): Countdown | undefined {
    const ms = (limit.seconds + patience(limit.seconds)) * 1000;
    if (this.#isOver || limit.seconds === 0 || ms > longestMs) return undefined;
    let looks = 0;
    const timer = setInterval(() => {
      looks += 1;
      if (looks < looksPerLimit) return;
      this.end();
      this.#passed = limit;
      this.#onPassed();
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
