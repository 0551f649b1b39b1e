import type { OutputName } from './derivation.ts';
import type { StorePath } from './store-path.ts';

/** Where one output of a content-addressed derivation came to lie. */
export interface Realisation {
  /** `sha256:<hex of the hash modulo>`, before the `!` of a DrvOutput. */
  readonly drvHash: string;
  readonly outputName: OutputName;
  readonly outPath: StorePath;
  readonly signatures: readonly string[];
}
