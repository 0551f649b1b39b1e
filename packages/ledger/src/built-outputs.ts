import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What an output was right after a builder had built it, as far as that says what may be copied out
 * of a builder later.
 */
export type BuiltOutput = Pick<
  ValidPathInfo,
  'path' | 'deriver' | 'narHash' | 'narSize' | 'references' | 'contentAddress'
>;

/**
 * What builders made of the steps that were given to them. The last word on each output counts: one
 * that was built again may have come out different. The newest 200,000 are kept.
 */
export interface BuiltOutputs {
  /** Hand several over at once, each call waits for the disk. */
  record(outputs: readonly BuiltOutput[]): Promise<void>;

  /** Those of the paths that are recorded. */
  find(paths: readonly StorePath[]): Promise<ReadonlyMap<StorePath, BuiltOutput>>;
}
