import type { Duplex } from 'node:stream';

/** How long a connection that ends has to take in what was answered. Milliseconds. */
const farewellMs = 1000;

/** One connection to a member's socket: one call at a time, and never silent for ever. */
export class Connection {
  readonly stream: Duplex;
  /** A call came over it with a token that counts. */
  isKnown = false;
  /** A call is under way. */
  isBusy = false;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.once('close', () => clearTimeout(this.#timer));
    // Whoever hears no more of us is not waited for; some streams would stay half open.
    stream.once('end', () => this.within(farewellMs));
    // What an error is about is seen at the stream's end; unheard, it would end the process.
    stream.on('error', () => stream.destroy());
  }

  /** It is cut after that many milliseconds, unless something is said of its time again before. */
  within(ms: number): void {
    if (this.#isEnding || this.stream.destroyed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stream.destroy(), ms);
  }

  /** It may stay as it is for as long as it likes. */
  withoutHurry(): void {
    clearTimeout(this.#timer);
  }

  /** Ends it, but lets an answer that is on its way arrive. Resolves when nothing of it is left. */
  end(): Promise<void> {
    if (!this.isBusy) this.stream.end();
    this.within(farewellMs);
    this.#isEnding = true;
    return new Promise((resolve) => {
      if (this.stream.closed) resolve();
      // Some streams are slow to close, or never say that they are.
      const late = setTimeout(resolve, farewellMs);
      this.stream.once('close', () => {
        clearTimeout(late);
        resolve();
      });
    });
  }
}
