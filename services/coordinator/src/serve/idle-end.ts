/** Calls `end` when nobody has wanted anything for a while. */
export class IdleEnd {
  readonly #idleMs: number;
  readonly #end: () => void;
  #wanted = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `Infinity` for never. */
  constructor(idleMs: number, end: () => void) {
    this.#idleMs = idleMs;
    this.#end = end;
    this.#waitIfIdle();
  }

  /** How many there are who want something. */
  set wanted(count: number) {
    this.#wanted = count;
    clearTimeout(this.#timer);
    this.#waitIfIdle();
  }

  #waitIfIdle(): void {
    if (this.#wanted > 0 || this.#idleMs === Infinity) return;
    this.#timer = setTimeout(this.#end, this.#idleMs);
  }
}
