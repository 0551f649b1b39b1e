import type { Readable, Writable } from 'node:stream';

/**
 * Both directions of one byte connection to a daemon, whatever carries them: a Unix socket, a child
 * process, an SSH channel.
 */
export interface ByteStreams {
  /** Bytes from the daemon. */
  readonly input: Readable;
  /** Bytes to the daemon. Never ended by itself: a daemon takes that for a hang-up. */
  readonly output: Writable;
  /** Ends both directions at once and frees what carried them. Calling it again does nothing. */
  destroy(error?: Error): void;
}
