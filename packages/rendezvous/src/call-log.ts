import type { Call } from './meeting/call.ts';
import { rulesOf } from './meeting/call-rules.ts';
import { printable } from './meeting/printable.ts';
import type { RendezvousCall } from './options.ts';

const longestDetail = 200;

/** Reports at most `most` calls of each member, so that none can fill the log. */
export class CallLog {
  readonly #most: number;
  readonly #onCall: (call: RendezvousCall) => void;
  readonly #counts = new Map<string, number>();

  constructor(most: number, onCall: (call: RendezvousCall) => void) {
    this.#most = most;
    this.#onCall = onCall;
  }

  /** False for a call beyond the limit, which is not reported. */
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
