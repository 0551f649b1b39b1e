/** What one group may take of the machine that it meets on. */
export interface RendezvousLimits {
  /** Bytes of one message as it is sent. */
  readonly messageBytes: number;
  /** Messages of all members together, and bytes in them. */
  readonly messages: number;
  readonly allMessageBytes: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Files of all members together, and bytes in them. */
  readonly files: number;
  readonly allFileBytes: number;
  readonly barriers: number;
  /** Calls of one member: each is a line of the group's log. */
  readonly calls: number;
  /** Bytes of a request's first line and headers. */
  readonly headerBytes: number;
  /** Connections to one member's socket whose token counts; and of those where it does not (yet). */
  readonly connections: number;
  readonly strangers: number;
  /** How long a call waits for its token's tag to appear in the build log. Milliseconds. */
  readonly proofMs: number;
  /** How long a request or its answer may take to be transferred. Milliseconds. */
  readonly transferMs: number;
}

const kibi = 1024;
const mebi = 1024 * kibi;

/** Ample for a test on several machines, and 50 MiB at most for one that means ill. */
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
