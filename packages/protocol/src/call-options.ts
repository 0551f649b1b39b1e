import type { DaemonEvent } from './daemon-event.ts';

/** What every operation takes besides its request. */
export interface CallOptions {
  /**
   * Called at once for each event that the daemon sends before its reply. It must not block: while
   * it runs the daemon's log is not read, and a daemon that cannot log stops building.
   */
  readonly onEvent?: ((event: DaemonEvent) => void) | undefined;
  /**
   * Stops the call: the connection is closed, which also ends a build that runs on it, and the call
   * fails with `cancelled`. There is no gentler way in this protocol.
   */
  readonly signal?: AbortSignal | undefined;
}
