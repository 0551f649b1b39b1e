import type { Call } from './meeting/call.ts';
import { rulesOf } from './meeting/call-rules.ts';
import { printable } from './meeting/printable.ts';
import type { RendezvousCall } from './options.ts';

const longestDetail = 200;

/** Tells of each call, so many of each member: a log is not to be filled by one that never stops. */
export class CallLog {
  readonly #most: number;
  readonly #onCall: (call: RendezvousCall) => void;
  readonly #counts = new Map<string, number>();

  constructor(most: number, onCall: (call: RendezvousCall) => void) {
    this.#most = most;
    this.#onCall = onCall;
  }

  /** False for one call too many, of which nothing is told. */
  note(atMs: number, member: string, call: Call | { readonly type: 'hello' }): boolean {
    const count = (this.#counts.get(member) ?? 0) + 1;
    if (count > this.#most) return false;
    this.#counts.set(member, count);
    const detail =
      call.type === 'hello' ? '' : printable(rulesOf(call).describe(call), longestDetail);
    this.#onCall({ atMs, member, call: call.type, detail });
    return true;
  }
}
