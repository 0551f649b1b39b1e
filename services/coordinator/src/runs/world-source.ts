import type { Steering } from '@dispatch/engine/farm/steering';
import type { World } from '@dispatch/engine/world';
import type { Ledger } from '@dispatch/ledger/ledger';
import type { WorldOrder } from '../messages/build-order.ts';

/** Where runs get their stores from. Which backends there are is for whoever starts a coordinator. */
export interface WorldSource {
  /** What a run is to work with: the same connections for what is the same. Throws what the user has to hear. */
  lend(run: string, order: WorldOrder): Promise<LentWorld>;

  /** The URIs of all machines that are in use. */
  readonly builders: readonly string[];

  /** Takes a machine out of use, or back to it, also for those that come later. */
  steer(builder: string, steering: Steering): void;

  /** The ledger, once some run has needed it. */
  ledger(): Promise<Ledger>;

  close(): Promise<void>;
}

/** A world for one run. */
export interface LentWorld {
  readonly world: World;
  /** To be called at its end; whether machines or stores gave trouble, which may be mended by the next. */
  readonly giveBack: (isTroubled: boolean) => void;
}
