/**
 * Everything that `@dispatch/scheduler` throws: an event that breaks what its description promises.
 * The state is then as before and stays usable. Recognise it by `code`.
 */
export class SchedulerError extends Error {
  override readonly name = 'SchedulerError';
  readonly code: SchedulerErrorCode;
  /** The run, step or builder that is at fault. */
  readonly subject: string;

  constructor(code: SchedulerErrorCode, subject: string, message: string) {
    super(message);
    this.code = code;
    this.subject = subject;
  }
}

export type SchedulerErrorCode =
  | 'bad-builder'
  | 'bad-group'
  | 'bad-priority'
  | 'bad-weight'
  | 'dependency-cycle'
  | 'duplicate-builder'
  | 'duplicate-run'
  | 'duplicate-step'
  | 'state-consumed'
  | 'unknown-dependency';
