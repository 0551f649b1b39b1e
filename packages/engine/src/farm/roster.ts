import type { DaemonFacts, DaemonStore } from '@dispatch/builders/daemon-store';
import { unlessAborted } from '@dispatch/builders/waiting';
import type { SchedulerEvent } from '@dispatch/scheduler/event';
import type { EventSink } from '../events.ts';
import type { MachineCalls } from '../execute/machine-calls.ts';
import {
  builderReady,
  type FarmBuilder,
  type GreetedBuilder,
  isLeftAlone,
  offerOf,
} from './farm-builder.ts';
import { lacking } from './lacking-features.ts';
import { type Steering, steeringEvent, type Withdrawal } from './steering.ts';

interface RosterOptions {
  readonly hub: DaemonStore;
  readonly builders: readonly FarmBuilder[];
  readonly calls: MachineCalls;
  readonly tell: (event: SchedulerEvent) => void;
}

type Steered = Omit<GreetedBuilder, 'fault'>;

/** The builders of a farm, and what was learnt of them, which is kept from run to run. */
export class Roster {
  /** As the machines file has them. */
  readonly builders: readonly FarmBuilder[];
  readonly #options: RosterOptions;
  readonly #greetings = new Map<DaemonStore, Promise<void>>();
  /** Features that a line claims and that its own daemon turned out to lack. */
  readonly #missing = new Map<DaemonStore, ReadonlySet<string>>();
  readonly #strangers = new Set<DaemonStore>();
  readonly #withdrawals = new Map<string, Withdrawal>();
  #isEnlisted = false;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.builders = options.builders;
  }

  /** Begins to call all builders, so that they have answered when they are greeted. */
  callAhead(): void {
    for (const builder of this.builders.map((one) => this.#asSteered(one))) {
      if (!isLeftAlone(builder)) void this.#greeting(builder);
    }
  }

  /**
   * Calls all builders at once, except those that were called before: one that does not answer
   * costs the farm its connect limit at most, and only once. It stays in the list with its fault,
   * which is told when somebody asks why a step has no builder. A builder that is drained by its
   * line (0 builds at a time) or skipped may be switched off, and is not called.
   */
  async greet(emit: EventSink, signal: AbortSignal): Promise<GreetedBuilder[]> {
    const builders = this.builders.map((builder) => this.#asSteered(builder));
    const faults = await Promise.all(
      builders.map((builder) => this.#introduce(builder, emit, signal)),
    );
    this.enlist();
    return builders.map((builder, index) => ({ ...builder, fault: faults[index] }));
  }

  /** Makes the builders known to the scheduler, in their order; one that nobody has called counts as up. */
  enlist(): void {
    if (this.#isEnlisted) return;
    this.#isEnlisted = true;
    const { hub, calls, tell } = this.#options;
    for (const builder of this.builders) {
      const offer = offerOf(this.asKnown(builder), hub);
      tell({ type: 'builder-added', builder: offer, fault: calls.faultOf(builder.store) });
    }
    for (const [name, withdrawal] of this.#withdrawals) tell(steeringEvent(name, withdrawal));
  }

  /** Takes a builder out of use, or back into use; an unknown name is ignored. */
  steer(name: string, steering: Steering): void {
    const builder = this.builders.find(({ machine }) => machine.uri === name);
    if (builder === undefined) return;
    if (steering === 'resume') this.#withdrawals.delete(name);
    else this.#withdrawals.set(name, steering);
    if (!this.#isEnlisted) return;
    this.#options.tell(steeringEvent(name, steering));
    if (steering === 'resume') void this.#greeting(builder);
  }

  /** Takes a builder that took too long to answer out of use, until it answers a call. */
  lose(builder: FarmBuilder, reason: string): void {
    this.#options.calls.lose(builder, reason);
  }

  /** Calls a builder after a failure; resolves to whether it is out of use. */
  isAway({ store }: FarmBuilder): Promise<boolean> {
    return this.#options.calls.isAway(store);
  }

  /** Notes features that a builder's line claims and its own daemon lacks: what needs them goes elsewhere. */
  noteMissing(builder: FarmBuilder, features: readonly string[]): void {
    const known = this.#missing.get(builder.store) ?? new Set();
    const missing = new Set([...known, ...features]);
    if (missing.size === known.size) return;
    this.#missing.set(builder.store, missing);
    this.#changeOffer(builder);
  }

  /**
   * Notes whether a builder trusts us. One that does not is used when others are busy, since it may
   * have to build inputs once more.
   */
  noteTrust(builder: FarmBuilder, { trust }: DaemonFacts): void {
    const { store } = builder;
    if (trust !== 'not-trusted' || store === this.#options.hub || this.#strangers.has(store))
      return;
    this.#strangers.add(store);
    this.#changeOffer(builder);
  }

  /** Whether any builder was found not to trust us; that stays so, whatever is mended there. */
  get hasStrangers(): boolean {
    return this.#strangers.size > 0;
  }

  /**
   * A builder as it is known by now: without features that its own daemon lacks, and whether it
   * trusts us.
   */
  asKnown<Builder extends FarmBuilder>(builder: Builder): Builder {
    const missing = this.#missing.get(builder.store);
    const machine = missing === undefined ? builder.machine : lacking(builder.machine, missing);
    const isStranger = this.#strangers.has(builder.store);
    return { ...builder, machine, ...(isStranger && { stepsInFor: 'busy', isStranger }) };
  }

  #asSteered(builder: FarmBuilder): Steered {
    return { ...builder, withdrawal: this.#withdrawals.get(builder.machine.uri) };
  }

  #changeOffer(builder: FarmBuilder): void {
    const { hub, tell } = this.#options;
    tell({ type: 'builder-changed', builder: offerOf(this.asKnown(builder), hub) });
  }

  async #introduce(
    builder: Steered,
    emit: EventSink,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (isLeftAlone(builder)) return undefined;
    const { uri } = builder.machine;
    emit({ type: 'builder-called', builder: uri });
    await unlessAborted(this.#greeting(builder), signal, `calling ${uri}`);
    const fault = this.#options.calls.faultOf(builder.store);
    if (fault !== undefined) emit({ type: 'builder-unusable', builder: uri, reason: fault });
    else if (builder.stepsInFor !== 'unfit') emit(await builderReady(builder, signal));
    return fault;
  }

  #greeting(builder: FarmBuilder): Promise<void> {
    const known = this.#greetings.get(builder.store);
    if (known !== undefined) return known;
    const greeting = this.#options.calls.greet(builder);
    this.#greetings.set(builder.store, greeting);
    return greeting;
  }
}
