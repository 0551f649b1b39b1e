import { isProtocolError } from '@dispatch/protocol/errors';

/**
 * Everything that `@dispatch/builders` throws: a machine that cannot be reached, a file that does
 * not describe machines, a path that must not be copied.
 *
 * Recognise it by `code`, which is stable, rather than by `instanceof`, which fails when a
 * workspace holds two copies of the package.
 */
export class BuildersError extends Error {
  override readonly name = 'BuildersError';
  readonly code: BuildersErrorCode;
  /** The store concerned, as messages name it: its URI. */
  readonly builder: string | undefined;
  /** The store path concerned. */
  readonly path: string | undefined;

  constructor(code: BuildersErrorCode, message: string, options: BuildersErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.builder = options.builder;
    this.path = options.path;
  }
}

/**
 * - `bad-machine`: a machines file or `builders` setting that cannot be read as one;
 * - `bad-store-uri`: a store URI that dispatch cannot speak to;
 * - `bad-ssh-option`: the SSH configuration for a machine asks for something that cannot be done;
 * - `unreachable`: no connection came about within its limit; the message has what `ssh` said;
 * - `host-key-refused`: the host key that answers is not known to be the machine's; wrapped in
 *   `unreachable`, as its cause;
 * - `connection-lost`: the link broke in the middle of something;
 * - `daemon-refused`: the daemon answered with an error; the link is fine;
 * - `not-trusted`: the daemon refused because its `trusted-users` do not list us;
 * - `missing-path`: the source of a copy does not have the path;
 * - `copy-refused`: what the source sent or claimed is not what it must be; nothing wrong was
 *   registered;
 * - `cannot-listen`: a socket could not be made on a machine; the message has what to allow there;
 * - `cancelled`: the caller's signal was aborted.
 */
export type BuildersErrorCode =
  | 'bad-machine'
  | 'bad-store-uri'
  | 'bad-ssh-option'
  | 'unreachable'
  | 'host-key-refused'
  | 'connection-lost'
  | 'daemon-refused'
  | 'not-trusted'
  | 'missing-path'
  | 'copy-refused'
  | 'cannot-listen'
  | 'cancelled';

export interface BuildersErrorOptions {
  readonly builder?: string | undefined;
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

/** The stable `code` of an error of any of our packages; undefined for errors without one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The store that an error of any of our packages is about. */
export interface StoreFault {
  /** The store as messages name it. */
  readonly store: string;
  /** The path that it lacks or has wrong; undefined where the error is not about one path. */
  readonly path: string | undefined;
}

/** The store that a thrown error says is at fault; undefined where it names none. */
export function storeFault(error: unknown): StoreFault | undefined {
  if (isProtocolError(error) && error.peer !== undefined)
    return { store: error.peer, path: undefined };
  if (!isBuildersError(error) || error.builder === undefined) return undefined;
  return { store: error.builder, path: error.path };
}

function isBuildersError(error: unknown): error is BuildersError {
  return error instanceof Error && error.name === 'BuildersError';
}

/** Throws `cancelled` when the signal was aborted, with the signal's reason as cause. */
export function throwIfCancelled(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted) throw cancelled(signal, doing);
}

/** The error of work that stopped because its caller's signal was aborted. */
export function cancelled(signal: AbortSignal | undefined, doing: string): BuildersError {
  return new BuildersError('cancelled', `cancelled while ${doing}`, { cause: signal?.reason });
}
