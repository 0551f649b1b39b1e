import { CoordinatorError } from '../errors.ts';

const lineFeed = 0x0a;

/** Cuts bytes into lines of at most `maximumBytes`; no more than one line is held in memory. */
export class LineReader {
  readonly #maximumBytes: number;
  #begun: Buffer[] = [];
  #bytes = 0;

  constructor(maximumBytes: number) {
    this.#maximumBytes = maximumBytes;
  }

  /**
   * The lines that `chunk` completes, without line ends. Throws `bad-message` for too long ones.
   */
  *take(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      this.#add(chunk.subarray(from, end));
      yield this.#whole();
      from = end + 1;
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
  }

  /** The text after the last line end; undefined if there is none. */
  rest(): string | undefined {
    return this.#bytes === 0 ? undefined : this.#whole();
  }

  #add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maximumBytes) {
      const text = `a message is longer than ${this.#maximumBytes} bytes`;
      throw new CoordinatorError('bad-message', text);
    }
    this.#begun.push(part);
  }

  #whole(): string {
    const [only] = this.#begun;
    const line = only !== undefined && this.#begun.length === 1 ? only : Buffer.concat(this.#begun);
    this.#begun = [];
    this.#bytes = 0;
    return line.toString('utf8');
  }
}
