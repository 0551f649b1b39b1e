/**
 * An error that keeps a run from beginning or going on. A failed build is not one: it is part of
 * the run's report. `code` is stable; the message says what to do.
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
  /** The hub's daemon would refuse what builders made. */
  | 'hub-not-trusted'
  /** A root, or something that it needs, is missing and can be neither built nor fetched. */
  | 'missing-path'
  /** A `.drv` file that is needed could not be read. */
  | 'unreadable-derivation'
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
  /** A machine has, at a member's output path, something else than the attempt made that counts. */
  | 'other-attempt'
  /** An attempt of a group did not succeed. */
  | 'group-failed';
