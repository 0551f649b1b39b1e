import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/** How far one path has come, and with it the copy that it belongs to. */
export interface CopyProgress {
  readonly path: StorePath;
  /** Of its NAR, passed on so far; equal to `total` in the last report of a path. */
  readonly bytes: number;
  readonly total: number;
  /** All that the copy knows to send itself; what it found on its way already is not among it. */
  readonly copy: CopyAmounts;
}

/** Paths, and bytes of their NARs. */
export interface CopyAmounts {
  readonly pathsDone: number;
  readonly pathsTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Adds up what one copy passes on, and tells after each piece that was taken. */
export class CopyTally {
  readonly #onProgress: (progress: CopyProgress) => void;
  #pathsTotal = 0;
  #bytesTotal = 0;
  #pathsDone = 0;
  #bytesDone = 0;

  constructor(onProgress: (progress: CopyProgress) => void) {
    this.#onProgress = onProgress;
  }

  /** Notes what is going to be passed on. */
  expect(infos: readonly ValidPathInfo[]): void {
    this.#pathsTotal += infos.length;
    for (const info of infos) this.#bytesTotal += info.narSize;
  }

  /** Counts a NAR that was passed on whole. */
  count(info: ValidPathInfo): void {
    this.#bytesDone += info.narSize;
    this.#pathsDone += 1;
    this.#tell(info, info.narSize);
  }

  /** Passes a NAR on and counts it. */
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
