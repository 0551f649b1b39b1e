import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { messageOf } from '@dispatch/builders/errors';
import type { SchedulerEvent } from '@dispatch/scheduler/event';
import type { EventSink } from '../events.ts';
import { type FarmBuilder, greetBuilder } from './farm-builder.ts';
import { faultOfStore } from './fault-of-store.ts';
import type { RunStores } from './run-stores.ts';

/** Who is called, and who hears of it. */
export interface MachineCallsOptions {
  readonly builders: ReadonlyMap<string, FarmBuilder>;
  readonly stores: RunStores;
  readonly emit: EventSink;
  readonly tell: (event: SchedulerEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Finds out which machines of a run answer: when something failed that they had to do with, and later
 * again as often as the scheduler wants it.
 */
export class MachineCalls {
  readonly #options: MachineCallsOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Those that do not answer; the scheduler says when they are called again. */
  readonly #away = new Set<DaemonStore>();
  #hubIsAway = false;

  constructor(options: MachineCallsOptions) {
    this.#options = options;
  }

  /** Calls back after so many milliseconds, unless the run is over by then. */
  after(ms: number, work: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void work();
    }, ms);
    this.#timers.add(timer);
  }

  /** Nobody is called any more. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /**
   * Something failed that these stores and the hub had a part in. A hub that builds is away as the hub:
   * nothing goes on without it, and nothing that lies there counts as lost.
   */
  async suspect(suspects: ReadonlySet<DaemonStore>): Promise<void> {
    const { builders, stores } = this.#options;
    const calls = [...builders.values()]
      .filter(({ store }) => suspects.has(store) && store !== stores.hub)
      .filter(({ store }) => !this.#away.has(store))
      .map((builder) => this.#expect(builder));
    await Promise.all([...calls, this.#expectHub()]);
  }

  /** Calls a builder that was away. */
  async callBuilder(name: string): Promise<void> {
    const { builders, stores, emit, tell, signal } = this.#options;
    const builder = builders.get(name);
    if (builder === undefined) return;
    this.#away.add(builder.store);
    let fault = await this.#faultOf(builder.store);
    if (signal.aborted) return;
    fault ??= await greetBuilder(builder, emit, signal).catch(messageOf);
    if (signal.aborted) return;
    if (fault !== undefined) return tell({ type: 'builder-down', builder: name, reason: fault });
    this.#away.delete(builder.store);
    await stores.recognise(builder.store, signal).catch(() => {});
    tell({ type: 'builder-up', builder: name });
  }

  /** Calls the hub, which was away. */
  async callHub(): Promise<void> {
    const { stores, emit, tell, signal } = this.#options;
    const reason = await this.#faultOf(stores.hub);
    if (signal.aborted) return;
    if (reason !== undefined) return tell({ type: 'hub-down', reason });
    this.#hubIsAway = false;
    emit({ type: 'hub-back' });
    tell({ type: 'hub-up' });
  }

  async #expect({ machine, store }: FarmBuilder): Promise<void> {
    const { emit, tell, stores } = this.#options;
    const reason = await this.#faultOf(store);
    if (reason === undefined || this.#away.has(store)) return;
    this.#away.add(store);
    stores.loseBuilder(store);
    emit({ type: 'builder-unusable', builder: machine.uri, reason });
    tell({ type: 'builder-down', builder: machine.uri, reason });
  }

  async #expectHub(): Promise<void> {
    const { emit, tell, stores } = this.#options;
    if (this.#hubIsAway) return;
    const reason = await this.#faultOf(stores.hub);
    if (reason === undefined || this.#hubIsAway) return;
    this.#hubIsAway = true;
    emit({ type: 'hub-away', reason });
    tell({ type: 'hub-down', reason });
  }

  #faultOf(store: DaemonStore): Promise<string | undefined> {
    return faultOfStore(store, this.#options.signal);
  }
}
