import type { DerivationFile } from '@dispatch/graph/derivation-node';
import type { StorePath } from '@dispatch/nix/store-path';

/** Where `.drv` files come from. What it gives is checked by its hash, so it need not be trusted. */
export interface DerivationSource {
  /** The files of all these paths. Throws `unreadable-derivation` for one that it does not have. */
  read(paths: readonly StorePath[]): Promise<readonly DerivationFile[]>;
  /** Whether the source sees, without asking a daemon, that its store lacks a path. */
  plainlyLacks(path: StorePath): boolean;
}
