/** One member of a group attempt, as the others see it. */
export interface RendezvousMember {
  /** Its role, or role.1, role.2 … where a role has several members. Unique in the group. */
  readonly name: string;
  readonly role: string;
  /** The machine it runs on, by the name or address under which other members may reach it. */
  readonly host: string;
}

/** One call of a member whose token counts, for the group's log. Everything in it is printable, on one line. */
export interface RendezvousCall {
  readonly atMs: number;
  readonly member: string;
  /** `hello`, `self`, `list`, `send`, `wait`, `wait-all`, `sync`, `put`, `get`, `fail` or `commit`. */
  readonly call: string;
  /** What it was called with, cut to a line; empty for a call that needs nothing. */
  readonly detail: string;
}

/** What one attempt of one group is, and what its rendezvous takes from outside. */
export interface RendezvousOptions {
  /** The name that all members carry as `dispatchGroup`. */
  readonly group: string;
  /** The value of `dispatchGroupId`. */
  readonly id: string;
  /** The attempt's mark. */
  readonly attempt: string;
  readonly members: readonly RendezvousMember[];
  /** How long a member waits at a barrier for the others, once all have started. Milliseconds. */
  readonly barrierMs: number;
  readonly now: () => number;
  /** As `crypto.randomBytes`: what tokens are made of must not be guessable. */
  readonly randomBytes: (size: number) => Uint8Array;
  readonly onCall: (call: RendezvousCall) => void;
  /** A member said `fail`, or kept the others waiting for too long: the group has failed. Called at most once. */
  readonly onFail: (member: string, reason: string) => void;
}
