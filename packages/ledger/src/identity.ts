import type { StorePath } from '@dispatch/nix/store-path';

/**
 * What a derivation is known by, before any serial went into it: its original .drv path and those of
 * its original output paths that are known without building. Two derivations that share one of these
 * share their result, and so their poison.
 */
export interface Identity {
  readonly drvPath: StorePath;
  /** Static paths only: none for floating content-addressed and deferred outputs. */
  readonly outputPaths: readonly StorePath[];
}

/** All paths by which the derivation can be found in the ledger. */
export function identityPaths(identity: Identity): readonly StorePath[] {
  return [identity.drvPath, ...identity.outputPaths];
}

/** The same identity in the one form that is stored: output paths sorted, each once. */
export function canonicalIdentity(identity: Identity): Identity {
  return {
    drvPath: identity.drvPath,
    outputPaths: [...new Set(identity.outputPaths)].toSorted(),
  };
}
