import type { Link } from './link.ts';
import { RequestWriter } from './request-writer.ts';
import type { Upload } from './upload.ts';

const nothing = new Uint8Array(0);

/** Sends data as daemons before protocol 1.23 take it: as much as they ask for, when they ask. */
export class PulledUpload implements Upload {
  readonly #link: Link;
  readonly #data: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = nothing;
  #sourceError: { readonly error: unknown } | undefined;

  constructor(link: Link, data: AsyncIterable<Uint8Array>) {
    this.#link = link;
    this.#data = data[Symbol.asyncIterator]();
  }

  get sourceError(): { readonly error: unknown } | undefined {
    return this.#sourceError;
  }

  /** Sends at most `wanted` bytes. An empty answer ends the data, also where the source fails. */
  async answer(wanted: number): Promise<void> {
    if (this.#rest.length === 0) this.#rest = await this.#nextPiece();
    const out = new RequestWriter();
    out.raw(this.#rest.subarray(0, wanted));
    this.#rest = this.#rest.subarray(wanted);
    this.#link.send(out.bytes);
  }

  async finish(): Promise<void> {
    this.#data.return?.().catch(() => undefined);
  }

  async #nextPiece(): Promise<Uint8Array> {
    if (this.#sourceError !== undefined) return nothing;
    try {
      for (;;) {
        const next = await this.#data.next();
        if (next.done === true) return nothing;
        if (next.value.length > 0) return next.value;
      }
    } catch (error) {
      this.#sourceError = { error };
      return nothing;
    }
  }
}
