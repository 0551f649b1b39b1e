import type { Steering } from '@dispatch/engine/farm/steering';
import type { World } from '@dispatch/engine/world';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { WorldOrder } from '../messages/build-order.ts';

/**
 * Gives runs their stores. The program that starts a coordinator decides which backends there are.
 */
export interface WorldSource {
  /**
   * Lends a run its world; runs that name the same machines and stores share the connections.
   * Throws errors meant for the user.
   */
  lend(run: string, order: WorldOrder): Promise<LentWorld>;

  /** The URIs of all machines that are in use. */
  readonly builders: readonly string[];

  /** Takes a machine out of use, or back into use, for later runs as well. */
  steer(builder: string, steering: Steering): void;

  /** The ledger, once some run has needed it. */
  ledger(): Promise<Ledger>;

  close(): Promise<void>;
}

/** A world for one run. */
export interface LentWorld {
  readonly world: World;
  /**
   * To be called at the run's end. `isTroubled` says whether machines or stores gave trouble, which
   * may be mended by the next run.
   */
  readonly giveBack: (isTroubled: boolean) => void;
}
