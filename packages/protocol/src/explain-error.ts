import { ProtocolError } from './errors.ts';
import type { OperationName } from './operation-number.ts';

/** Where something went wrong. */
export interface ErrorContext {
  readonly peer: string;
  readonly operation?: OperationName;
}

/**
 * An error as callers get it: it says whose connection it was and what was under way. Errors that
 * are not ours, such as what a caller's own callback threw, stay as they are.
 */
export function explained(error: unknown, context: ErrorContext): unknown {
  if (error instanceof SourceError) return error.error;
  if (error instanceof ProtocolError) return inContext(error, context);
  if (error instanceof Error && error.name === 'NixFormatError') {
    return inContext(new ProtocolError('bad-reply', error.message, { cause: error }), context);
  }
  return error;
}

function inContext(error: ProtocolError, { peer, operation }: ErrorContext): ProtocolError {
  const where = operation === undefined ? peer : `${peer}: ${operation}`;
  return new ProtocolError(error.code, `${where}: ${error.message}`, {
    peer,
    operation,
    daemon: error.daemon,
    cause: error.cause,
  });
}

/** Wraps what a caller's data source threw, to tell it apart from what we throw. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly error: unknown;

  constructor(error: unknown) {
    super('the source of the data failed', { cause: error });
    this.error = error;
  }
}
