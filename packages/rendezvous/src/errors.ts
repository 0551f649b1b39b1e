/**
 * - `unknown-member`: a name that no member of the group has;
 * - `bad-member`: members that cannot be told apart, or a name or role that no member may have.
 */
export type RendezvousErrorCode = 'unknown-member' | 'bad-member';

/**
 * Everything that `@dispatch/rendezvous` throws, always for a mistake of its caller: faults in what
 * comes over a member's socket are answered there and never thrown. Recognise it by `code`, which
 * is stable.
 */
export class RendezvousError extends Error {
  override readonly name = 'RendezvousError';
  readonly code: RendezvousErrorCode;

  constructor(code: RendezvousErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
