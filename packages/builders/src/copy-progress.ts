import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/** How far one path has come. The last one of a path has `bytes` equal to `total`. */
export interface CopyProgress {
  readonly path: StorePath;
  /** Of its NAR, passed on so far. */
  readonly bytes: number;
  readonly total: number;
}

/** Passes a NAR on and reports after each piece that was taken. */
export async function* reporting(
  info: ValidPathInfo,
  nar: AsyncIterable<Uint8Array>,
  onProgress: (progress: CopyProgress) => void,
): AsyncGenerator<Uint8Array> {
  const { path, narSize: total } = info;
  let bytes = 0;
  onProgress({ path, bytes, total });
  for await (const piece of nar) {
    yield piece;
    bytes += piece.length;
    onProgress({ path, bytes, total });
  }
}
