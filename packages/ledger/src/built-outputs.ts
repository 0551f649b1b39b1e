import type { ValidPathInfo } from '@dispatch/nix/path-info';
import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What an output was right after a builder had built it: the part of its info by which it is
 * checked when it is copied out of a builder later.
 */
export type BuiltOutput = Pick<
  ValidPathInfo,
  'path' | 'deriver' | 'narHash' | 'narSize' | 'references' | 'contentAddress'
>;

/**
 * What builders made of the steps that were given to them. The newest record of each output counts:
 * an output that was built again may have come out different. The newest 200,000 are kept.
 */
export interface BuiltOutputs {
  /** Pass several at once: each call waits for the disk. */
  record(outputs: readonly BuiltOutput[]): Promise<void>;

  /** The records of those of the paths that have one. */
  find(paths: readonly StorePath[]): Promise<ReadonlyMap<StorePath, BuiltOutput>>;
}
