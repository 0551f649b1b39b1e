/**
 * Why a call was not done:
 * - `malformed`: it is no call, or one with invalid contents;
 * - `unproven`: the caller has not proven to be the member;
 * - `unknown`: no such call, member, role or key;
 * - `conflict`: it contradicts an earlier call of the same member;
 * - `too-large`: one thing that was sent is too large; `too-much`: everything sent so far is;
 * - `too-slow`: it did not arrive in time;
 * - `failed`: the group has.
 */
export type RefusalReason =
  | 'malformed'
  | 'unproven'
  | 'unknown'
  | 'bad-method'
  | 'conflict'
  | 'too-large'
  | 'too-much'
  | 'too-slow'
  | 'failed';

/** A call that was not done, and one line for the member's log that says why. */
export interface Refusal {
  readonly type: 'refused';
  readonly because: RefusalReason;
  readonly line: string;
}

/** The answer to a call. */
export type Reply =
  /** The same content twice: lines for a shell, and a value for JSON. */
  | { readonly type: 'told'; readonly lines: readonly string[]; readonly value: unknown }
  | { readonly type: 'file'; readonly content: Uint8Array }
  | Refusal;

/** The call was done, and there is nothing to tell. */
export const done: Reply = { type: 'told', lines: [], value: {} };

/** Makes a refusal. */
export function refused(because: RefusalReason, line: string): Refusal {
  return { type: 'refused', because, line };
}
