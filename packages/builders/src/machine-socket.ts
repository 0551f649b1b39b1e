import type { Duplex } from 'node:stream';

/**
 * A Unix socket in the file system of a builder's machine, whose connections come to us. Whatever
 * runs there may connect to it (mode 0666): a build in its sandbox too, where the folder is let in.
 */
export interface MachineSocket {
  /** Where it is on that machine. */
  readonly path: string;
  /** Settles when it has ended without `close`, with what ended it: as a rule the link to the machine. */
  readonly lost: Promise<Error>;
  /** Ends it with all of its connections and removes its file; returns at once where it is lost. */
  close(): Promise<void>;
}

/** Called for each connection; whoever gets one ends it. */
export type OnConnection = (stream: Duplex) => void;

/** What is wanted of a socket. */
export interface SocketWish {
  readonly path: string;
  readonly onConnection: OnConnection;
  /** Ends the making, not the socket. */
  readonly signal: AbortSignal;
}
