import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/** The progress of one path, and of the copy that it belongs to. */
export interface CopyProgress {
  readonly path: StorePath;
  /** Bytes of its NAR sent so far; equal to `total` in the last report of a path. */
  readonly bytes: number;
  readonly total: number;
  /** All that the copy is known to send itself, without what other copies send. */
  readonly copy: CopyAmounts;
}

/** Numbers of paths, and of bytes in their NARs. */
export interface CopyAmounts {
  readonly pathsDone: number;
  readonly pathsTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Adds up what one copy sends, and reports after each piece. */
export class CopyTally {
  readonly #onProgress: (progress: CopyProgress) => void;
  #pathsTotal = 0;
  #bytesTotal = 0;
  #pathsDone = 0;
  #bytesDone = 0;

  constructor(onProgress: (progress: CopyProgress) => void) {
    this.#onProgress = onProgress;
  }

  /** Adds paths that are going to be sent to the totals. */
  expect(infos: readonly ValidPathInfo[]): void {
    this.#pathsTotal += infos.length;
    for (const info of infos) this.#bytesTotal += info.narSize;
  }

  /** Counts a NAR that was sent in one piece. */
  count(info: ValidPathInfo): void {
    this.#bytesDone += info.narSize;
    this.#pathsDone += 1;
    this.#tell(info, info.narSize);
  }

  /** Passes a NAR through and counts its bytes. */
  async *counting(info: ValidPathInfo, nar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    this.#tell(info, bytes);
    for await (const piece of nar) {
      yield piece;
      bytes += piece.length;
      this.#bytesDone += piece.length;
      if (bytes === info.narSize) this.#pathsDone += 1;
      this.#tell(info, bytes);
    }
  }

  #tell({ path, narSize: total }: ValidPathInfo, bytes: number): void {
    const copy = {
      pathsDone: this.#pathsDone,
      pathsTotal: this.#pathsTotal,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
    };
    this.#onProgress({ path, bytes, total, copy });
  }
}
