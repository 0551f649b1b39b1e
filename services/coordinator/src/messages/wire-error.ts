import { codeOf } from '@dispatch/builders/errors';

/** An error as it goes over the socket. */
export interface WireError {
  readonly message: string;
  /** Stable; an error without one is a bug. */
  readonly code?: string | undefined;
  /** Where a bug is. */
  readonly stack?: string | undefined;
}

/** Any error, as far as a command needs it to tell the user. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  const code = codeOf(error);
  return code === undefined ? { message, stack } : { message, code };
}

/** What a coordinator met with while it did what was asked of it. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';

  constructor({ message, code, stack }: WireError) {
    super(message);
    if (code !== undefined) Object.assign(this, { code });
    if (stack !== undefined) this.stack = stack;
  }
}
