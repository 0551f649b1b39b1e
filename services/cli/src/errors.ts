/** What the command line itself refuses; the message says what, where, and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;

  constructor(code: CommandErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export type CommandErrorCode =
  /** A file that the user named has not the form it should have. */
  | 'bad-file'
  /** An argument that names nothing, or nothing that would do. */
  | 'bad-argument'
  /** The user's own Nix is not there. */
  | 'nix-missing'
  /** The user's own Nix could not evaluate what is to be built; it said why. */
  | 'evaluation-failed'
  /** The ledger that was named is not there. */
  | 'no-ledger'
  /** Of what was named, no log is there. */
  | 'no-log'
  /** No run of that name is known, or under way. */
  | 'no-run'
  /** No group of that name, and no attempt of that id, is known. */
  | 'no-group'
  /** What was named is no longer what is built. */
  | 'stale'
  /** It costs much, and nobody said yes. */
  | 'not-confirmed'
  /** Some of several things were done, and then one failed. */
  | 'half-done'
  /** A file could not be written. */
  | 'unwritable';
