import type { DaemonFacts, DaemonStore } from '@dispatch/builders/daemon-store';
import { longestTimerMs } from '@dispatch/builders/time-limit';
import { messageOf } from '@dispatch/nix/message-of';
import type { SchedulerEvent } from '@dispatch/scheduler/event';
import type { EventSink, RunEvent } from '../events.ts';
import { builderReady, type FarmBuilder } from '../farm/farm-builder.ts';
import { faultOfStore, faultOfSuspect } from './fault-of-store.ts';
import type { RunStores } from './run-stores.ts';

/** A run that uses the machines. */
interface Party {
  readonly stores: RunStores;
  readonly emit: EventSink;
}

/** Who is called, and who hears of it. */
export interface MachineCallsOptions {
  readonly hub: DaemonStore;
  readonly builders: readonly FarmBuilder[];
  /** The runs that are under way. */
  readonly parties: () => readonly Party[];
  /** A builder answered its first call, or one after it was away. */
  readonly onAnswer: (builder: FarmBuilder, facts: DaemonFacts) => void;
  readonly tell: (event: SchedulerEvent) => void;
}

/**
 * Finds out which machines answer: after a failure in which they had a part, and again as often as
 * the scheduler asks.
 */
export class MachineCalls {
  readonly #options: MachineCallsOptions;
  readonly #builders: ReadonlyMap<string, FarmBuilder>;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** The next call of each builder that waits for one. */
  readonly #nextCalls = new Map<string, NodeJS.Timeout>();
  /** Names of the builders that are being called. */
  readonly #ringing = new Set<string>();
  readonly #closed = new AbortController();
  /** Stores that do not answer, and why; the scheduler says when they are called again. */
  readonly #away = new Map<DaemonStore, string>();
  #hubIsAway = false;

  constructor(options: MachineCallsOptions) {
    this.#options = options;
    this.#builders = new Map(options.builders.map((one) => [one.machine.uri, one]));
  }

  /** Throws for a name that was never given to the scheduler. */
  builder(name: string): FarmBuilder {
    const builder = this.#builders.get(name);
    if (builder === undefined) throw new Error(`the scheduler named an unknown builder: ${name}`);
    return builder;
  }

  /** Calls back after so many milliseconds, unless this is closed by then. */
  after(ms: number, work: () => unknown): void {
    this.#timer(ms, work);
  }

  /** Calls a builder after so many milliseconds; this replaces an earlier request to call it. */
  callBuilderAfter(ms: number, name: string): void {
    const earlier = this.#nextCalls.get(name);
    if (earlier !== undefined) this.#forget(earlier);
    const timer = this.#timer(ms, () => {
      this.#nextCalls.delete(name);
      // A call that is under way reports its result itself.
      return this.#ringing.has(name) ? undefined : this.#callBuilder(name);
    });
    this.#nextCalls.set(name, timer);
  }

  #timer(ms: number, work: () => unknown): NodeJS.Timeout {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        void work();
      },
      Math.min(ms, longestTimerMs),
    );
    this.#timers.add(timer);
    return timer;
  }

  #forget(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }

  /** Cancels all calls and timers. */
  close(): void {
    this.#closed.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Why a store is out of use; undefined for one that is not. */
  faultOf(store: DaemonStore): string | undefined {
    return this.#away.get(store);
  }

  /** The stores that are out of use. */
  away(): Iterable<DaemonStore> {
    return this.#away.keys();
  }

  /** Calls a builder for the first time. */
  async greet(builder: FarmBuilder): Promise<void> {
    const fault = await this.#ask(builder);
    if (fault !== undefined && !this.#signal.aborted) this.lose(builder, fault);
  }

  /**
   * Calls these stores and the hub after a failure in which they had a part. A hub that also builds
   * counts as the hub: nothing goes on without it, and nothing that lies there counts as lost.
   */
  async suspect(suspects: ReadonlySet<DaemonStore>): Promise<void> {
    const { builders, hub } = this.#options;
    const calls = builders
      .filter(({ store }) => suspects.has(store) && store !== hub)
      .filter(({ store }) => !this.#away.has(store))
      .map((builder) => this.#expect(builder));
    await Promise.all([...calls, this.#expectHub()]);
  }

  /** Calls a store after a failure; resolves to whether it is out of use. */
  async isAway(store: DaemonStore): Promise<boolean> {
    if (store === this.#options.hub) {
      await this.#expectHub();
      return this.#hubIsAway;
    }
    const builder = this.#options.builders.find((one) => one.store === store);
    if (builder !== undefined && !this.#away.has(store)) await this.#expect(builder);
    return this.#away.has(store);
  }

  /** Takes a builder out of use until it answers a call. */
  lose({ machine, store }: FarmBuilder, reason: string): void {
    if (this.#away.has(store)) return;
    this.#away.set(store, reason);
    for (const { stores } of this.#options.parties()) stores.loseBuilder(store);
    this.#announce({ type: 'builder-unusable', builder: machine.uri, reason });
    this.#options.tell({ type: 'builder-down', builder: machine.uri, reason });
  }

  async #callBuilder(name: string): Promise<void> {
    this.#ringing.add(name);
    try {
      await this.#callAgain(this.builder(name));
    } finally {
      this.#ringing.delete(name);
    }
  }

  /** Calls a builder that was away. */
  async #callAgain(builder: FarmBuilder): Promise<void> {
    const { machine, store } = builder;
    const fault = (await faultOfStore(store, this.#signal)) ?? (await this.#ask(builder));
    if (this.#signal.aborted) return;
    if (fault !== undefined) return this.#noteDown(builder, fault);
    this.#away.delete(store);
    const ready = await builderReady(builder, this.#signal).catch(() => undefined);
    if (ready !== undefined) this.#announce(ready);
    await Promise.all(this.#options.parties().map((party) => this.#recognise(party, store)));
    const since = this.#away.get(store);
    if (since !== undefined) return this.#noteDown(builder, since);
    this.#options.tell({ type: 'builder-up', builder: machine.uri });
  }

  /** Calls the hub, which was away. */
  async callHub(): Promise<void> {
    const { hub, tell } = this.#options;
    const reason = await faultOfStore(hub, this.#signal);
    if (this.#signal.aborted) return;
    if (reason !== undefined) return tell({ type: 'hub-down', reason });
    this.#hubIsAway = false;
    await this.#holdOn(hub);
    // Whoever found that out has reported it.
    if (this.#hubIsAway) return;
    this.#announce({ type: 'hub-back' });
    tell({ type: 'hub-up' });
  }

  #noteDown(builder: FarmBuilder, reason: string): void {
    if (!this.#away.has(builder.store)) return this.lose(builder, reason);
    this.#away.set(builder.store, reason);
    this.#options.tell({ type: 'builder-down', builder: builder.machine.uri, reason });
  }

  /** Asks a builder for its facts; resolves to why it does not answer, undefined when it does. */
  async #ask(builder: FarmBuilder): Promise<string | undefined> {
    try {
      this.#options.onAnswer(builder, await builder.store.facts({ signal: this.#signal }));
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  async #recognise({ stores }: Party, store: DaemonStore): Promise<void> {
    await stores.recognise(store, this.#signal).catch(() => {});
  }

  /**
   * Roots again what runs hold in a store that answers after a failure: roots are lost with their
   * connections.
   */
  async #holdOn(store: DaemonStore): Promise<void> {
    const held = this.#options.parties().map(({ stores }) => stores.holdOn(store, this.#signal));
    await Promise.allSettled(held);
  }

  async #expect(builder: FarmBuilder): Promise<void> {
    const reason = await faultOfSuspect(builder.store, this.#signal);
    if (reason === undefined) await this.#holdOn(builder.store);
    else this.lose(builder, reason);
  }

  async #expectHub(): Promise<void> {
    const { hub, tell } = this.#options;
    if (this.#hubIsAway) return;
    const reason = await faultOfStore(hub, this.#signal);
    if (this.#hubIsAway) return;
    if (reason === undefined) return this.#holdOn(hub);
    this.#hubIsAway = true;
    this.#announce({ type: 'hub-away', reason });
    tell({ type: 'hub-down', reason });
  }

  #announce(event: RunEvent): void {
    for (const { emit } of this.#options.parties()) emit(event);
  }

  get #signal(): AbortSignal {
    return this.#closed.signal;
  }
}
