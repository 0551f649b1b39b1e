import { longestTimerMs } from '@dispatch/builders/time-limit';

/** Calls `end` when nobody has wanted anything for a while. */
export class IdleEnd {
  readonly #idleMs: number;
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `Infinity` for never. */
  constructor(idleMs: number, end: () => void) {
    this.#idleMs = idleMs;
    this.#end = end;
    this.wanted = 0;
  }

  /** The number of those that want something; at 0 the time begins to run. */
  set wanted(count: number) {
    clearTimeout(this.#timer);
    if (count > 0 || this.#idleMs === Infinity) return;
    this.#timer = setTimeout(this.#end, Math.min(this.#idleMs, longestTimerMs));
  }
}
