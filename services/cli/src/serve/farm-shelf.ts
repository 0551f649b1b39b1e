import type { WorldOrder } from '@dispatch/coordinator/messages/build-order';
import type { Steering, Withdrawal } from '@dispatch/engine/farm/steering';
import { farmVariables } from '../coordinator/user-environment.ts';
import { type Farm, openFarm } from '../world/open-farm.ts';

/** A farm for one run. */
interface LentFarm {
  readonly farm: Farm;
  readonly giveBack: (isTroubled: boolean) => void;
}

interface Kept {
  readonly farm: Farm;
  users: number;
  /** A run had trouble with it; whatever caused that may have been mended meanwhile. */
  isTroubled: boolean;
  /** Closes the farm; runs while nobody uses it. */
  idle?: NodeJS.Timeout;
}

/** How long a farm that nobody uses is kept: its connections are why the next build is fast. */
const usualIdleMs = 10 * 60 * 1000;

/**
 * Farms with their connections, kept between runs: runs that mean the same machines and stores get the
 * same farm, and so share its slots and builds. A farm is closed when nobody has used it for a while;
 * one that gave trouble as soon as nobody uses it, so that the next run sees what was mended.
 */
export class FarmShelf {
  readonly #kept = new Map<string, Kept>();
  /** Machines that are out of use in all farms, by URI. */
  readonly #withdrawals = new Map<string, Withdrawal>();
  readonly #idleMs: number;

  constructor(idleMs: number = usualIdleMs) {
    this.#idleMs = idleMs;
  }

  /** The URIs of all machines of these farms. */
  get builders(): readonly string[] {
    const all = [...this.#kept.values()].flatMap(({ farm }) => farm.builders);
    return [...new Set(all.map(({ machine }) => machine.uri))];
  }

  /** Takes a machine out of use, or back into use, also in farms that are opened later. */
  steer(builder: string, steering: Steering): void {
    if (steering === 'resume') this.#withdrawals.delete(builder);
    else this.#withdrawals.set(builder, steering);
    for (const { farm } of this.#kept.values()) farm.executor.steer(builder, steering);
  }

  /** The farm that an order means, kept or newly opened. Throws what opening a farm throws. */
  async lend(order: WorldOrder): Promise<LentFarm> {
    const opened = await openFarm(order, order.environment);
    const key = keyOf(opened, order);
    const known = this.#kept.get(key);
    if (known !== undefined) opened[Symbol.dispose]();
    else for (const [builder, how] of this.#withdrawals) opened.executor.steer(builder, how);
    const kept = known ?? { farm: opened, users: 0, isTroubled: false };
    kept.users += 1;
    clearTimeout(kept.idle);
    this.#kept.set(key, kept);
    return { farm: kept.farm, giveBack: (isTroubled) => this.#takeBack(key, kept, isTroubled) };
  }

  /** Closes all connections; what runs on them fails. */
  close(): void {
    for (const [key, kept] of this.#kept) this.#drop(key, kept);
  }

  #takeBack(key: string, kept: Kept, isTroubled: boolean): void {
    kept.users -= 1;
    kept.isTroubled ||= isTroubled;
    if (kept.users > 0) return;
    if (kept.isTroubled) this.#drop(key, kept);
    else kept.idle = setTimeout(() => this.#drop(key, kept), this.#idleMs).unref();
  }

  #drop(key: string, kept: Kept): void {
    clearTimeout(kept.idle);
    this.#kept.delete(key);
    kept.farm[Symbol.dispose]();
  }
}

/** What makes a farm the same for two runs: its machines in any order, how they are reached and what they are told. */
function keyOf({ executor: { hub }, builders }: Farm, order: WorldOrder): string {
  const machines = builders
    .toSorted((one, other) => (one.machine.uri < other.machine.uri ? -1 : 1))
    .map(({ machine, stepsInFor }) => [machine, stepsInFor]);
  const { environment, connectTimeout } = order;
  const all = [hub.name, hub.settings, machines, connectTimeout, farmVariables(environment)];
  return JSON.stringify(all, (_, value: unknown) => (value instanceof Map ? [...value] : value));
}
