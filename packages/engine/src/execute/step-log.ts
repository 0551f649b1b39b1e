import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { beginningOf } from '@dispatch/nix/byte-string';
import { messageOf } from '@dispatch/nix/message-of';
import { linesOf } from './lines-of.ts';

/** Lines of a failed build that are shown at once; the rest is in the file. Nix shows as many. */
const shownLines = 25;
/** Bytes shown of each of these lines; a build may print megabytes without a line end. */
const shownLineBytes = 4096;

/** How much of one log is kept. */
export interface LogLimits {
  /** Bytes of the file; what comes after is not kept. */
  readonly fileBytes: number;
  /** Bytes that may wait for a slow disk; lines that come then are not kept. */
  readonly waitingBytes: number;
}

const usualLimits: LogLimits = { fileBytes: 256 * 1024 * 1024, waitingBytes: 8 * 1024 * 1024 };

/**
 * The log of one attempt: in a file, up to a size that no log worth reading has, and its last lines in
 * memory. A disk that is full, or too slow, costs the log and never the build.
 */
export class StepLog {
  readonly file: string;
  readonly #last: string[] = [];
  readonly #onFault: (reason: string) => void;
  readonly #limits: LogLimits;
  /** Bytes given to the file so far. */
  #bytes = 0;
  /** Lines left out since the last one that was kept. */
  #omitted = 0;
  #stream: WriteStream | undefined;
  #written = false;

  constructor(file: string, onFault: (reason: string) => void, limits: LogLimits = usualLimits) {
    this.#limits = limits;
    this.file = file;
    this.#onFault = onFault;
  }

  /** Adds one line, a byte string in the builder's bytes, without its line end. */
  add(line: string): void {
    if (this.#last.push(beginningOf(line, shownLineBytes)) > shownLines) this.#last.shift();
    const stream = this.#open();
    if (stream === undefined) return;
    if (this.#hasRoomFor(line, stream)) {
      this.#tellOmitted(stream);
      this.#write(line, stream);
    } else {
      this.#omitted += 1;
    }
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
    this.#tellOmitted(stream);
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  /** The lines that were kept until now; those that come later are not among them. */
  linesSoFar(): AsyncIterable<string> {
    return this.#read(this.#bytes);
  }

  async *#read(bytes: number): AsyncGenerator<string> {
    await this.#flush();
    if (this.#stream !== undefined) yield* linesOf(this.file, bytes);
  }

  #flush(): Promise<void> {
    const stream = this.#stream;
    return new Promise((resolve) => {
      if (stream === undefined || stream.closed) resolve();
      else if (stream.writableEnded) stream.once('close', resolve);
      else stream.write('', () => resolve());
    });
  }

  #hasRoomFor(line: string, { writableLength }: WriteStream): boolean {
    const { fileBytes, waitingBytes } = this.#limits;
    const isFull = this.#bytes + line.length > fileBytes;
    // Once a line was left out, no later one is kept, however short.
    if (isFull) this.#bytes = fileBytes;
    return !isFull && writableLength <= waitingBytes;
  }

  #tellOmitted(stream: WriteStream): void {
    if (this.#omitted === 0) return;
    const { fileBytes } = this.#limits;
    const why =
      this.#bytes >= fileBytes
        ? `a log is kept up to ${fileBytes} bytes`
        : 'they came faster than the disk took them';
    this.#write(`dispatch: ${this.#omitted} lines are left out here: ${why}`, stream);
    this.#omitted = 0;
  }

  #write(line: string, stream: WriteStream): void {
    this.#bytes += line.length + 1;
    stream.write(`${line}\n`, 'latin1');
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
    this.#onFault(messageOf(error));
  }
}
