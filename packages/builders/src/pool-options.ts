import type { ClientOptions } from '@dispatch/protocol/client-options';
import type { DaemonLink } from './daemon-link.ts';

/** How the connections to one daemon are made, and how long they are kept and waited for. */
export interface PoolOptions {
  /** The store as messages name it. */
  readonly name: string;
  /** Opens a connection whose daemon has these settings. */
  readonly open: (settings: ClientOptions, signal: AbortSignal) => Promise<DaemonLink>;
  /** The daemon's settings, unless a check-out asks for others. */
  readonly settings: ClientOptions;
  /**
   * Seconds in which a new connection must be made; a kept one must answer within a third of them.
   */
  readonly answerSeconds: number;
  /** Seconds of silence during a call after which the machine counts as lost. */
  readonly silentSeconds: number;
  /** Seconds after which a connection is closed, and with it the temporary roots of its daemon. */
  readonly maximumAgeSeconds: number;
  readonly maximumIdle: number;
}

/** What one use of a connection asks for. */
export interface CheckOutOptions {
  /**
   * The daemon's settings for this use. They are sent in full unless it has them already: nothing
   * remains of the use before.
   */
  readonly settings?: ClientOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For calls that may be silent for as long as they like: builds. */
  readonly mayBeSilent?: boolean | undefined;
}
