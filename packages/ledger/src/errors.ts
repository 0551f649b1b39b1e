/**
 * Everything that `@dispatch/ledger` throws. Recognise it by `code`, which is stable, rather than by
 * `instanceof`, which fails when a workspace holds two copies of the package.
 */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;
  /** The ledger's directory or the imported file that it is about. */
  readonly path: string | undefined;
  /** Line of an imported file, counted from 1. */
  readonly line: number | undefined;

  constructor(code: LedgerErrorCode, message: string, options: LedgerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.path = options.path;
    this.line = options.line;
  }
}

export type LedgerErrorCode =
  | 'bad-import'
  | 'bad-ledger-url'
  | 'bad-record'
  | 'bad-variable'
  | 'corrupt'
  | 'disk-full'
  | 'epoch-out-of-range'
  | 'far-jump'
  | 'network-file-system'
  | 'not-writable'
  | 'truncated-import'
  | 'unknown-run'
  | 'unknown-version'
  | 'variable-mismatch';

export interface LedgerErrorOptions {
  readonly path?: string;
  readonly line?: number;
  readonly cause?: unknown;
}
