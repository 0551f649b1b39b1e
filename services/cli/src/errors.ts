/** An error of the command line itself; the message says what is wrong, where, and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export type CommandErrorCode =
  /** A file cannot be read, or is malformed. */
  | 'bad-file'
  /** An argument names nothing, or nothing suitable. */
  | 'bad-argument'
  /** The user's own Nix could not be started. */
  | 'nix-missing'
  /** The user's own Nix could not evaluate what is to be built; it has printed why. */
  | 'evaluation-failed'
  /** The ledger that was named does not exist. */
  | 'no-ledger'
  /** There is no log of what was named. */
  | 'no-log'
  /** No run of that name is known, or under way. */
  | 'no-run'
  /** No group of that name, and no attempt of that id, is known. */
  | 'no-group'
  /** The path that was named is no longer what is built: its derivation has another serial by now. */
  | 'stale'
  /** The poisoning is expensive, and nobody confirmed it. */
  | 'not-confirmed'
  /** Some of several things were done, and then one failed. */
  | 'half-done'
  /** A file could not be written. */
  | 'unwritable';
