import type { StorePath } from '@dispatch/nix/store-path';

/**
 * Everything that `@dispatch/graph` throws. `code` is stable; `path` is the derivation or output
 * that the fault is about.
 */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly code: GraphErrorCode;
  readonly path: StorePath | undefined;

  constructor(code: GraphErrorCode, message: string, path?: StorePath, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.path = path;
  }
}

export type GraphErrorCode =
  /** A `.drv` file that is not one, or that wants an output which its input does not have. */
  | 'corrupt-derivation'
  /** A derivation below a root is missing. */
  | 'incomplete-closure'
  /** Derivations that depend on each other. */
  | 'cycle'
  /** A `.drv` or output path that its content does not hash to, or that is of another store. */
  | 'path-mismatch'
  /** An output hash of a form that no path can be computed from. */
  | 'unverifiable-output'
  /** A serial for a derivation that cannot be poisoned: a fixed-output or impure one. */
  | 'cannot-poison'
  /** A serial that is not a whole number from 1 to 2^31. */
  | 'bad-serial'
  /**
   * A name that the serial's variable cannot have, or a variable of ours whose value is not ours.
   */
  | 'bad-variable'
  /** A dynamic derivation that would have to be changed. */
  | 'dynamic-derivation'
  /** A group that cannot be built as its expression describes it, or a member without its group. */
  | 'bad-group';
