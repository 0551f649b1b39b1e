/**
 * Everything that `@dispatch/ledger` throws. Recognise it by `code`, which is stable, rather than by
 * `instanceof`, which fails when a workspace holds two copies of the package.
 */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
  readonly code: LedgerErrorCode;
  /** The ledger's directory, or the imported file, that the error is about. */
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
  | 'attempt-ended'
  | 'bad-attempt'
  | 'bad-import'
  | 'bad-ledger-url'
  | 'bad-record'
  | 'bad-variable'
  | 'corrupt'
  | 'disk-full'
  | 'duplicate-attempt'
  | 'duplicate-run'
  | 'epoch-out-of-range'
  | 'far-jump'
  | 'network-file-system'
  | 'not-writable'
  | 'truncated-import'
  | 'unknown-attempt'
  | 'unknown-run'
  | 'unknown-version'
  | 'variable-mismatch';

export interface LedgerErrorOptions {
  readonly path?: string;
  readonly line?: number;
  readonly cause?: unknown;
}

/** For a URL that is neither `lmdb:DIRECTORY` nor `memory:`. */
export function badLedgerUrl(url: string): LedgerError {
  return new LedgerError(
    'bad-ledger-url',
    `${JSON.stringify(url)} names no ledger: use lmdb:DIRECTORY or memory:`,
  );
}

/** For a run that was never begun here, or is too old to be kept. */
export function unknownRun(runId: string): LedgerError {
  return new LedgerError(
    'unknown-run',
    `no run ${JSON.stringify(runId)} is recorded: it was never begun here, or is too old to be kept`,
  );
}

/** For a second run under an id that is taken. */
export function duplicateRun(runId: string): LedgerError {
  return new LedgerError('duplicate-run', `a run ${JSON.stringify(runId)} is recorded already`);
}

/** For a second attempt of a group under a mark that an earlier one has. */
export function duplicateAttempt(key: string, mark: string): LedgerError {
  return new LedgerError(
    'duplicate-attempt',
    `the group ${key} has had an attempt with the mark ${JSON.stringify(mark)}`,
  );
}

/** For the end of an attempt that was never begun here. */
export function unknownAttempt(key: string, mark: string): LedgerError {
  return new LedgerError(
    'unknown-attempt',
    `no attempt of the group ${key} with the mark ${JSON.stringify(mark)} is recorded: it was ` +
      'never begun here, or is too old to be kept',
  );
}

/** For a second ending of an attempt: the first one stands for ever. */
export function attemptEnded(key: string, mark: string, as: string): LedgerError {
  return new LedgerError(
    'attempt-ended',
    `the attempt of the group ${key} with the mark ${JSON.stringify(mark)} is over: ${as}`,
  );
}

/** For an import, or an opening, under another variable than the ledger's serials were made for. */
export function variableMismatch(ledger: string, other: string, path?: string): LedgerError {
  return new LedgerError(
    'variable-mismatch',
    `this ledger's serials are for the variable '${ledger}', and '${other}' was asked for; the ` +
      `same serial under another name gives other paths. Use '${ledger}', or keep a ledger of its ` +
      `own for '${other}'`,
    path === undefined ? {} : { path },
  );
}
