/** One member of a group attempt, as the others see it. */
export interface RendezvousMember {
  /** Its role, or role.1, role.2 … where a role has several members. Unique in the group. */
  readonly name: string;
  readonly role: string;
  /** The machine it runs on: the name or address by which other members may reach it. */
  readonly host: string;
}

/**
 * One call of a member with a valid token, for the group's log: printable text without line ends.
 */
export interface RendezvousCall {
  readonly atMs: number;
  readonly member: string;
  /** `hello`, `self`, `list`, `send`, `wait`, `wait-all`, `sync`, `put`, `get`, `fail` or `commit`. */
  readonly call: string;
  /** The arguments, cut to a line; empty for a call without any. */
  readonly detail: string;
}

/** One attempt of one group, and what its rendezvous needs from outside. */
export interface RendezvousOptions {
  /** The name that all members carry as `dispatchGroup`. */
  readonly group: string;
  /** The value of `dispatchGroupId`. */
  readonly id: string;
  /** The attempt's mark. */
  readonly attempt: string;
  readonly members: readonly RendezvousMember[];
  /** Milliseconds that a member waits at a barrier for the others, once all have started. */
  readonly barrierMs: number;
  readonly now: () => number;
  /** Like `crypto.randomBytes`: tokens made of these bytes must not be guessable. */
  readonly randomBytes: (size: number) => Uint8Array;
  readonly onCall: (call: RendezvousCall) => void;
  /** Called at most once: a member said `fail`, or kept the others waiting for too long. */
  readonly onFail: (member: string, reason: string) => void;
}
