import type { OutputName } from './derivation.ts';
import type { StorePath } from './store-path.ts';

/** One output of a content-addressed derivation: newer Nix names it by path, older by hash. */
export interface DrvOutput {
  readonly drvPath: StorePath;
  /** `sha256:<hex of the hash modulo>`. */
  readonly drvHash: string;
  readonly outputName: OutputName;
}

/** The store path that such an output was built at, with signatures for that. */
export interface Realisation {
  readonly outPath: StorePath;
  readonly signatures: readonly string[];
}
