import type { WorldOrder } from '@dispatch/coordinator/messages/build-order';
import type { LentWorld, WorldSource } from '@dispatch/coordinator/runs/world-source';
import type { Steering } from '@dispatch/engine/farm/steering';
import type { Ledger } from '@dispatch/ledger/ledger';
import { openLedger } from '@dispatch/ledger/open-ledger';
import { pruneLogFolders } from '../build/log-folders.ts';
import { runRules } from '../world/open-world.ts';
import { FarmShelf } from './farm-shelf.ts';

/** Gives each run of a coordinator its world: all share one ledger, and one farm for the same machines. */
export class SharedWorlds implements WorldSource {
  readonly #url: string;
  readonly #shelf = new FarmShelf();
  /** Runs whose logs are being written. */
  readonly #underWay = new Set<string>();
  #ledger: Promise<Ledger> | undefined;

  constructor(ledgerUrl: string) {
    this.#url = ledgerUrl;
  }

  async lend(run: string, order: WorldOrder): Promise<LentWorld> {
    this.#underWay.add(run);
    try {
      const { world, giveBack } = await this.#lend(order);
      return {
        world,
        giveBack: (isTroubled) => {
          this.#underWay.delete(run);
          giveBack(isTroubled);
        },
      };
    } catch (error) {
      this.#underWay.delete(run);
      throw error;
    }
  }

  async #lend(order: WorldOrder): Promise<LentWorld> {
    const { farm, giveBack } = await this.#shelf.lend(order);
    try {
      // Asked now, so that it answers while the ledger is loaded; a failure shows when the hub is used.
      farm.executor.hub.facts().catch(() => {});
      const rules = runRules(order, order.environment);
      await pruneLogFolders(rules.logFolder, this.#underWay, Date.now());
      return { world: { ...farm, ...rules, ledger: await this.ledger() }, giveBack };
    } catch (error) {
      giveBack(true);
      throw error;
    }
  }

  get builders(): readonly string[] {
    return this.#shelf.builders;
  }

  steer(builder: string, steering: Steering): void {
    this.#shelf.steer(builder, steering);
  }

  /** The ledger, opened once; after a failure, the next call tries again. */
  ledger(): Promise<Ledger> {
    this.#ledger ??= openLedger(this.#url).catch((error: unknown) => {
      this.#ledger = undefined;
      throw error;
    });
    return this.#ledger;
  }

  async close(): Promise<void> {
    this.#shelf.close();
    const ledger = await this.#ledger?.catch(() => undefined);
    await ledger?.close();
  }
}
