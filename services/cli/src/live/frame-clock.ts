/** Milliseconds between frames, at least. */
const frameMs = 100;
/** Milliseconds until a frame in which nothing happened, since the times that are shown go on. */
const idleMs = 1000;

/** Says when a frame is due: soon after something happened, and now and then anyway. */
export class FrameClock {
  readonly #draw: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the next frame is due soon. */
  #isSoon = false;
  #lastFrame = 0;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Something changed: draws as soon as the last frame is old enough. */
  soon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#schedule(Math.max(0, this.#lastFrame + frameMs - performance.now()));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#isSoon = false;
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#frame(), milliseconds);
  }

  #frame(): void {
    this.#isSoon = false;
    this.#lastFrame = performance.now();
    this.#schedule(idleMs);
    this.#draw();
  }
}
