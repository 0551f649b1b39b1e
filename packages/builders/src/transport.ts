import type { ByteStreams } from '@dispatch/protocol/byte-streams';

/** Bytes to and from a daemon, and what its carrier has to say when they stop. */
export interface Transport extends ByteStreams {
  /**
   * What the carrier (`ssh`, say) complained about, for messages: its last lines, once it ended or
   * after a short while. Empty when there is nothing to tell.
   */
  complaint(): Promise<string>;
}

export interface TransportOptions {
  /** Seconds that connecting may take, where the carrier can be told so. */
  readonly connectSeconds: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}
