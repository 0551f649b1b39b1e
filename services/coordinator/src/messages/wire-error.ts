import { codeOf } from '@dispatch/builders/errors';

/** An error as it is sent over the socket. */
export interface WireError {
  readonly message: string;
  /** Stable; an error without one is a bug. */
  readonly code?: string | undefined;
  /** The stack trace of a bug. */
  readonly stack?: string | undefined;
}

/** Turns any error into what a command needs to report it. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  const code = codeOf(error);
  return code === undefined ? { message, stack } : { message, code };
}

/** An error that happened in the coordinator while it carried out a request. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';

  constructor({ message, code, stack }: WireError) {
    super(message);
    if (code !== undefined) Object.assign(this, { code });
    if (stack !== undefined) this.stack = stack;
  }
}
