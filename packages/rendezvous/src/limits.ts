/** What one group may use of the machine that it meets on. */
export interface RendezvousLimits {
  /** Bytes of one message as sent. */
  readonly messageBytes: number;
  /** Messages of all members together, and the bytes in them. */
  readonly messages: number;
  readonly allMessageBytes: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Files of all members together, and the bytes in them. */
  readonly files: number;
  readonly allFileBytes: number;
  readonly barriers: number;
  /** Calls of one member: each becomes a line of the group's log. */
  readonly calls: number;
  /** Bytes of a request's first line and headers. */
  readonly headerBytes: number;
  /** Connections to one member's socket with a valid token, and `strangers` without one. */
  readonly connections: number;
  readonly strangers: number;
  /** Milliseconds that a call waits for its token's tag to appear in the build log. */
  readonly proofMs: number;
  /** Milliseconds that transferring a request or its answer may take. */
  readonly transferMs: number;
}

const kibi = 1024;
const mebi = 1024 * kibi;

/** Ample for a test on several machines; a malicious one gets 50 MiB at most. */
export const defaultLimits: RendezvousLimits = {
  messageBytes: 64 * kibi,
  messages: 10_000,
  allMessageBytes: 16 * mebi,
  fileBytes: mebi,
  files: 1000,
  allFileBytes: 32 * mebi,
  barriers: 1000,
  calls: 20_000,
  headerBytes: 8 * kibi,
  connections: 32,
  strangers: 32,
  proofMs: 30_000,
  transferMs: 30_000,
};
