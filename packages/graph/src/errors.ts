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
  /** A `.drv` file could not be read as one, or wants what its input does not have. */
  | 'corrupt-derivation'
  /** A derivation below a root is not there. */
  | 'incomplete-closure'
  /** Derivations that depend on each other. */
  | 'cycle'
  /** A `.drv` or output path that its content does not hash to, or one of another store. */
  | 'path-mismatch'
  /** An output hash of a form that no path can be computed from. */
  | 'unverifiable-output'
  /** A serial for what cannot be poisoned: fixed-output or impure. */
  | 'cannot-poison'
  /** A serial for a derivation that is not in the graph, or one out of range. */
  | 'bad-serial'
  /** The variable's name cannot be used, or stands in a derivation with a value that is not ours. */
  | 'bad-variable'
  /** A dynamic derivation that would have to be changed. */
  | 'dynamic-derivation'
  /** A group that could not be built as its expression has it, or a member without its group. */
  | 'bad-group';
