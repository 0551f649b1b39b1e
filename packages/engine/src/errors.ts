/**
 * What `@dispatch/engine` throws when a run cannot go on, or cannot begin. A build that fails is not
 * among these: it is part of the run's report. `code` is stable; the message says what to do.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export type EngineErrorCode =
  /** The hub's daemon would not take what builders made. */
  | 'hub-not-trusted'
  /** A root, or something that it needs, is neither there nor can it be built or fetched. */
  | 'missing-path'
  /** A `.drv` file that is needed could not be read. */
  | 'unreadable-derivation'
  /** No builder is left that could be used. */
  | 'no-builders'
  /** Nobody knows which derivation a path belongs to. */
  | 'unknown-derivation'
  /** A root asks for an output that its derivation does not have. */
  | 'unknown-output'
  /** A link to a result could not be made. */
  | 'out-link'
  /** A group cannot be carried out on this farm, or not as its policy says. */
  | 'group-refused'
  /** A member of a group was not built in this attempt, and so counts for nothing. */
  | 'not-built'
  /** A machine has something else under the name of what a member made in the attempt that counts. */
  | 'other-attempt'
  /** An attempt of a group came to nothing. */
  | 'group-failed'
  /** The caller's signal was aborted. */
  | 'cancelled';
