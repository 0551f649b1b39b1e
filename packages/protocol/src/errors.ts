import type { OperationName } from './operation-number.ts';

/**
 * - `daemon-error`: the daemon refused or failed; `daemon` says how. The connection goes on;
 * - `connection-lost`: it ended, or could not be written to, in the middle of something;
 * - `not-a-daemon`: what answers the greeting does not speak this protocol;
 * - `version-too-old` / `version-unsupported`: it does, in a version that is not spoken here;
 * - `too-large`: a size on the wire above what `WireLimits` allows;
 * - `bad-reply`: bytes that do not follow the protocol;
 * - `cancelled`: the caller's signal, or its end of a stream, stopped it;
 * - `unsupported-operation`: the negotiated version has no such operation; nothing was sent;
 * - `connection-busy`: a second call while one is under way, or a call on a closed connection.
 */
export type ProtocolErrorCode =
  | 'daemon-error'
  | 'connection-lost'
  | 'not-a-daemon'
  | 'version-too-old'
  | 'version-unsupported'
  | 'too-large'
  | 'bad-reply'
  | 'cancelled'
  | 'unsupported-operation'
  | 'connection-busy';

/** What a daemon said about its own failure. */
export interface DaemonFailure {
  /** Nix's verbosity levels: 0 is an error, 1 a warning. */
  readonly level: number;
  /** For people: UTF-8, without colours. */
  readonly message: string;
  /** "While …" lines, from the inside out, for people too. */
  readonly traces: readonly string[];
  /** Nix's exit status; before protocol 1.26 only, and there the only thing besides the message. */
  readonly exitStatus: number | undefined;
}

export interface ProtocolErrorFields {
  /** Whose connection it was, as the caller named it when opening. */
  readonly peer?: string | undefined;
  readonly operation?: OperationName | undefined;
  readonly daemon?: DaemonFailure | undefined;
  readonly cause?: unknown;
}

/**
 * Everything that `@dispatch/protocol` throws. Recognise it by `code`, which is stable, rather than
 * by `instanceof`, which fails when a workspace holds two copies of the package.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  readonly peer: string | undefined;
  readonly operation: OperationName | undefined;
  /** Set exactly when `code` is `daemon-error`. */
  readonly daemon: DaemonFailure | undefined;

  constructor(code: ProtocolErrorCode, message: string, fields: ProtocolErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.peer = fields.peer;
    this.operation = fields.operation;
    this.daemon = fields.daemon;
  }
}

/** Whether anything thrown is a `ProtocolError`, of the given code if one is given. */
export function isProtocolError(error: unknown, code?: ProtocolErrorCode): error is ProtocolError {
  return (
    error instanceof Error &&
    error.name === 'ProtocolError' &&
    (code === undefined || (error as ProtocolError).code === code)
  );
}
