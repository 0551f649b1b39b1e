/** What `@dispatch/coordinator` throws; `code` is stable, and the message says what to do next. */
export class CoordinatorError extends Error {
  override readonly name = 'CoordinatorError';
  readonly code: CoordinatorErrorCode;

  constructor(code: CoordinatorErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export type CoordinatorErrorCode =
  /** The coordinator's folder belongs to somebody else. */
  | 'bad-place'
  /** A coordinator was started and ended at once. */
  | 'not-started'
  /** The coordinator is there and does not answer. */
  | 'silent'
  /** The coordinator is of another version of dispatch, and cannot be replaced now. */
  | 'other-version'
  /** The data from the socket is no message, or too long for one. */
  | 'bad-message'
  /** The coordinator ended during a request. */
  | 'lost'
  /** The coordinator knows no such run. */
  | 'unknown-run'
  /** No run that the coordinator knows was to build that step. */
  | 'unknown-step'
  /** Several steps have that name. */
  | 'ambiguous-step'
  /** Another coordinator holds the same ledger. */
  | 'held';
