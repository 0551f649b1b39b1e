/** What `@dispatch/coordinator` throws; `code` is stable, the message says what to do next. */
export class CoordinatorError extends Error {
  override readonly name = 'CoordinatorError';
  readonly code: CoordinatorErrorCode;

  constructor(code: CoordinatorErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export type CoordinatorErrorCode =
  /** The folder in which a coordinator is found belongs to somebody else. */
  | 'bad-place'
  /** One was started and ended at once. */
  | 'not-started'
  /** It is there and does not answer. */
  | 'silent'
  /** It is of another version of dispatch, and cannot be replaced now. */
  | 'other-version'
  /** What came over the socket is no message, or too long for one. */
  | 'bad-message'
  /** It ended while something was asked of it. */
  | 'lost'
  /** It knows no such run. */
  | 'unknown-run'
  /** No run that it knows was to build that. */
  | 'unknown-step'
  /** Several steps are called so. */
  | 'ambiguous-step'
  /** Another one holds the same ledger. */
  | 'held';
