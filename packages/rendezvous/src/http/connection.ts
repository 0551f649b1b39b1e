import type { Duplex } from 'node:stream';

/** Milliseconds that a connection which ends has to take in its last answer. */
const farewellMs = 1000;

/** A connection to a member's socket: one call at a time, and cut when it stays silent. */
export class Connection {
  readonly stream: Duplex;
  /** Whether a call with a valid token came over it. */
  isKnown = false;
  /** Whether a call is under way. */
  isBusy = false;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.once('close', () => clearTimeout(this.#timer));
    // Cuts it soon after the other side has ended its half; some streams would stay half open.
    stream.once('end', () => this.within(farewellMs));
    // The stream's end tells enough about an error; without a listener it would end this process.
    stream.on('error', () => stream.destroy());
  }

  /** Cuts the connection after `ms`, unless a later call of this or `withoutHurry` comes first. */
  within(ms: number): void {
    if (this.#isEnding || this.stream.destroyed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stream.destroy(), ms);
  }

  /** Lets it stay open for as long as it likes. */
  withoutHurry(): void {
    clearTimeout(this.#timer);
  }

  /** Ends it, but lets an answer that is being sent arrive. Resolves when nothing of it is left. */
  end(): Promise<void> {
    if (!this.isBusy) this.stream.end();
    this.within(farewellMs);
    this.#isEnding = true;
    return new Promise((resolve) => {
      if (this.stream.closed) resolve();
      // Some streams are slow to close, or never report it.
      const late = setTimeout(resolve, farewellMs);
      this.stream.once('close', () => {
        clearTimeout(late);
        resolve();
      });
    });
  }
}
