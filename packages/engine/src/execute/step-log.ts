import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

/** Lines of a failed build that are shown at once; the rest is in the file. Nix shows as many. */
const shownLines = 25;
/** Of each of these; a build may print megabytes without a line end. */
const shownLineBytes = 4096;

/**
 * The log of one attempt: whole in a file, and its last lines in memory. A disk that is full costs
 * the log and never the build.
 */
export class StepLog {
  readonly file: string;
  readonly #last: string[] = [];
  readonly #onFault: (reason: string) => void;
  #stream: WriteStream | undefined;
  #written = false;

  constructor(file: string, onFault: (reason: string) => void) {
    this.file = file;
    this.#onFault = onFault;
  }

  /** One line in the bytes of the builder, as a byte string without its line end. */
  add(line: string): void {
    if (this.#last.push(shown(line)) > shownLines) this.#last.shift();
    this.#open()?.write(`${line}\n`, 'latin1');
  }

  get lastLines(): readonly string[] {
    return this.#last;
  }

  /** Where the log is; undefined when the build said nothing, or it could not be written. */
  get keptFile(): string | undefined {
    return this.#stream === undefined ? undefined : this.file;
  }

  /** Everything that was added is in the file when this resolves. */
  async close(): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  #open(): WriteStream | undefined {
    if (this.#written) return this.#stream;
    this.#written = true;
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      this.#stream = createWriteStream(this.file, { mode: 0o600 });
      this.#stream.once('error', (error) => this.#give(error));
    } catch (error) {
      this.#give(error);
    }
    return this.#stream;
  }

  #give(error: unknown): void {
    this.#stream = undefined;
    this.#onFault(error instanceof Error ? error.message : String(error));
  }
}

function shown(line: string): string {
  return line.length > shownLineBytes ? `${line.slice(0, shownLineBytes)}...` : line;
}
