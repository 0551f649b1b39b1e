import type { Duplex } from 'node:stream';

/**
 * A Unix socket in the file system of a builder's machine, whose connections come to us. Every
 * process there may connect to it (mode 0666), including builds in a sandbox to which the folder is
 * exposed.
 */
export interface MachineSocket {
  /** Where it is on that machine. */
  readonly path: string;
  /** Resolves with the cause when it ends without `close`: usually the loss of the link. */
  readonly lost: Promise<Error>;
  /** Ends the socket and its connections and removes its file; returns at once where it is lost. */
  close(): Promise<void>;
}

/** Called for each connection; the receiver must end it. */
export type OnConnection = (stream: Duplex) => void;

/** A request for a socket. */
export interface SocketWish {
  readonly path: string;
  readonly onConnection: OnConnection;
  /** Ends the making, not the socket. */
  readonly signal: AbortSignal;
}
