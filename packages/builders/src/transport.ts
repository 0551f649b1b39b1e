import type { ByteStreams } from '@dispatch/protocol/byte-streams';
import type { MachineSocket, SocketWish } from './machine-socket.ts';

/** Bytes to and from a daemon, and what its carrier has to say when they stop. */
export interface Transport extends ByteStreams {
  /**
   * What the carrier (`ssh`, say) complained about, for messages: its last lines, once it ended or
   * after a short while. Empty when there is nothing to tell.
   */
  complaint(): Promise<string>;
}

/** A way to one daemon and its machine, on which any number of connections may be opened. */
export interface Carrier {
  /** Whether a daemon is at the other end, the handshake will tell. */
  open(signal?: AbortSignal): Promise<Transport>;
  /** Starts another program on the machine, with the login's own environment. */
  run(words: readonly string[], signal: AbortSignal): Promise<Transport>;
  /** Makes a socket on the machine. Throws `cannot-listen` and what connecting throws. */
  listen(wish: SocketWish): Promise<MachineSocket>;
  /** Frees what the connections share; those that are open end with it. */
  close(): void;
}

export interface CarrierOptions {
  /** Seconds that connecting may take, where the carrier can be told so. */
  readonly connectSeconds: number;
  /** Seconds after which what connections share is not shared any further. */
  readonly maximumAgeSeconds: number;
  readonly environment: NodeJS.ProcessEnv;
}
