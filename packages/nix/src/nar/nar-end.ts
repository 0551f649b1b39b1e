import { NarParser } from './nar-parser.ts';

/**
 * Finds where a NAR ends in a stream that goes on after it: a daemon sends no length before a NAR.
 * On the way it checks the whole NAR, as `NarParser` does, so that nothing else is ever passed on
 * as one.
 */
export class NarEndFinder {
  readonly #parser = new NarParser();

  /** Whether the NAR is complete: bytes from here on are no part of it. */
  get done(): boolean {
    return this.#parser.done;
  }

  /**
   * Takes the next chunk and returns how many of its bytes belong to the NAR: all of them until its
   * end is found. Throws `bad-nar` with the position; the finder is of no use after that.
   */
  push(chunk: Uint8Array): number {
    return this.#parser.push(chunk);
  }

  /** To be called when the stream ended. Throws `bad-nar` unless the NAR was complete. */
  end(): void {
    this.#parser.end();
  }
}
