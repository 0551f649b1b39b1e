import type { ClientOptions } from '@dispatch/protocol/client-options';
import type { DaemonLink } from './daemon-link.ts';

/** How the connections to one daemon are made, and how long they are kept and waited for. */
export interface PoolOptions {
  /** The store as messages name it. */
  readonly name: string;
  /** Gives one whose daemon has these settings. */
  readonly open: (settings: ClientOptions, signal: AbortSignal) => Promise<DaemonLink>;
  /** What the daemon works with, unless who checks a connection out says otherwise. */
  readonly settings: ClientOptions;
  /** Seconds that a new connection may take to be made; a kept one, a third of them to answer. */
  readonly answerSeconds: number;
  /** Seconds without a sign of life in the middle of a call after which the machine counts as lost. */
  readonly silentSeconds: number;
  /** Seconds after which a connection is not kept: its daemon's temporary roots end with it. */
  readonly maximumAgeSeconds: number;
  readonly maximumIdle: number;
}

/** What one use of a connection asks for. */
export interface CheckOutOptions {
  /** Settings for this use, sent whole unless it has the same: nothing of its former use remains. */
  readonly settings?: ClientOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For calls that may be silent for as long as they like: builds. */
  readonly mayBeSilent?: boolean | undefined;
}
