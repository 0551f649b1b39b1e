import type { ByteStreams } from '@dispatch/protocol/byte-streams';
import type { MachineSocket, SocketWish } from './machine-socket.ts';

/** A byte stream to and from a daemon, which can tell why it ended. */
export interface Transport extends ByteStreams {
  /**
   * What the carrier, such as `ssh`, complained about, for messages: its last lines, read when it
   * has ended or after a second. Empty when there is nothing to tell.
   */
  complaint(): Promise<string>;
}

/** A way to one daemon and its machine, on which any number of connections may be opened. */
export interface Carrier {
  /** Starts the daemon and returns its streams; only the handshake tells whether it is one. */
  open(signal?: AbortSignal): Promise<Transport>;
  /** Starts another program on the machine, with the login's environment. */
  run(words: readonly string[], signal: AbortSignal): Promise<Transport>;
  /** Makes a socket on the machine. Throws `cannot-listen` and what connecting throws. */
  listen(wish: SocketWish): Promise<MachineSocket>;
  /** Closes what the connections share, and with it the open ones. */
  close(): void;
}

export interface CarrierOptions {
  /** Seconds that connecting may take, for carriers that have such a limit. */
  readonly connectSeconds: number;
  /** Seconds after which a shared SSH connection takes no further channels. */
  readonly maximumAgeSeconds: number;
  readonly environment: NodeJS.ProcessEnv;
}
