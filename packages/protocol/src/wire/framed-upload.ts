import { ProtocolError } from '../errors.ts';
import { Interruptible, interrupted } from './interruptible.ts';
import type { Link } from './link.ts';
import type { Upload } from './upload.ts';

const headerBytes = 8;
/** Small pieces are gathered into frames of this size. */
const frameBytes = 64 * 1024;
/** A piece of at least this size gets a frame of its own, which costs less than copying it. */
const largePiece = 16 * 1024;

const endOfFrames = Buffer.alloc(headerBytes);

/**
 * Sends data as frames, on its own and no faster than the daemon takes them. A frame is sent whole
 * or not at all, so that the stream can be ended after any frame.
 */
export class FramedUpload implements Upload {
  readonly #link: Link;
  readonly #data: AsyncIterator<Uint8Array>;
  readonly #waits = new Interruptible();
  readonly #sending: Promise<void>;
  #frame: Buffer = Buffer.allocUnsafe(headerBytes + frameBytes);
  #filled = headerBytes;
  #sourceError: { readonly error: unknown } | undefined;

  constructor(link: Link, data: AsyncIterable<Uint8Array>) {
    this.#link = link;
    this.#data = data[Symbol.asyncIterator]();
    link.isSourceOpen = true;
    this.#sending = this.#send();
  }

  get sourceError(): { readonly error: unknown } | undefined {
    return this.#sourceError;
  }

  answer(): Promise<void> {
    throw new ProtocolError('bad-reply', 'the daemon asks for data that it gets in frames');
  }

  finish(): Promise<void> {
    this.#waits.interrupt();
    return this.#sending;
  }

  async #send(): Promise<void> {
    try {
      await this.#sendPieces();
    } catch (error) {
      this.#sourceError = { error };
    }
    this.#link.onDrain = undefined;
    this.#link.isSourceOpen = false;
    this.#link.send(endOfFrames);
  }

  async #sendPieces(): Promise<void> {
    for (;;) {
      const next = await this.#waits.wait(this.#data.next());
      if (next === interrupted) return this.#abandonSource();
      if (next.done === true) break;
      const room = this.#sendPiece(next.value);
      if (!room) await this.#waits.wait(this.#drained());
    }
    this.#flush();
  }

  /** Not waited for: a source that hangs must not hang us. */
  #abandonSource(): void {
    this.#data.return?.().catch(() => undefined);
  }

  #sendPiece(piece: Uint8Array): boolean {
    if (piece.length === 0) return true;
    if (piece.length >= largePiece) return this.#sendLarge(piece);
    const fits = this.#filled + piece.length <= this.#frame.length;
    const room = fits || this.#flush();
    this.#frame.set(piece, this.#filled);
    this.#filled += piece.length;
    return room;
  }

  #sendLarge(piece: Uint8Array): boolean {
    this.#flush();
    const header = Buffer.alloc(headerBytes);
    writeLength(header, piece.length);
    return this.#link.send(header, piece);
  }

  #flush(): boolean {
    if (this.#filled === headerBytes) return true;
    writeLength(this.#frame, this.#filled - headerBytes);
    const room = this.#link.send(this.#frame.subarray(0, this.#filled));
    this.#frame = Buffer.allocUnsafe(headerBytes + frameBytes);
    this.#filled = headerBytes;
    return room;
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#link.onDrain = resolve;
    });
  }
}

function writeLength(header: Buffer, length: number): void {
  header.writeUInt32LE(length % 0x1_0000_0000, 0);
  header.writeUInt32LE(Math.floor(length / 0x1_0000_0000), 4);
}
