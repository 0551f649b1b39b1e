import type { DaemonStore } from '@dispatch/builders/daemon-store';
import { messageOf } from '@dispatch/builders/errors';
import type { Machine } from '@dispatch/builders/machine';
import type { BuilderOffer } from '@dispatch/scheduler/event';
import type { EventSink } from '../events.ts';

/** A machine of the run, with its store. */
export interface FarmBuilder {
  readonly machine: Machine;
  readonly store: DaemonStore;
  /** It builds only in the place of others: those that have no free slot, or are all unfit for a step. */
  readonly stepsInFor?: 'busy' | 'unfit';
}

/** A machine after it was called; one that cannot be used says why. */
export interface GreetedBuilder extends FarmBuilder {
  readonly fault: string | undefined;
}

/** The hub taking part as a builder offers this feature, which only the engine asks for. */
export const localStoreFeature = 'dispatch:local-store';

/** What the machine offers to the scheduler. */
export function offerOf(
  { machine, store, stepsInFor }: FarmBuilder,
  hub: DaemonStore,
): BuilderOffer {
  const { supportedFeatures, mandatoryFeatures } = machine;
  return {
    name: machine.uri,
    systems: machine.systems,
    slots: machine.maxJobs,
    speedFactor: machine.speedFactor,
    supportedFeatures:
      store === hub ? [...supportedFeatures, localStoreFeature] : supportedFeatures,
    mandatoryFeatures:
      stepsInFor === 'unfit' ? [...mandatoryFeatures, localStoreFeature] : mandatoryFeatures,
    isReserve: stepsInFor !== undefined,
    alsoOffers: machine.alsoOffers,
  };
}

/**
 * Calls all builders at once. One that does not answer costs everybody at most its connect limit,
 * and once; it stays in the list with its fault, for when somebody asks why a step has no builder.
 * One that is drained, with 0 builds at a time, may be switched off: it is not called. One that does
 * not trust us steps in where others are busy: it may have to build inputs once more.
 */
export function greetBuilders(
  builders: readonly FarmBuilder[],
  hub: DaemonStore,
  emit: EventSink,
  signal: AbortSignal,
): Promise<GreetedBuilder[]> {
  return Promise.all(
    builders.map(async (builder) => {
      if (isDrained(builder)) return { ...builder, fault: undefined };
      emit({ type: 'builder-called', builder: builder.machine.uri });
      const fault = await greetBuilder(builder, emit, signal);
      if (fault !== undefined) {
        emit({ type: 'builder-unusable', builder: builder.machine.uri, reason: fault });
        return { ...builder, fault };
      }
      const { trust } = await builder.store.facts({ signal });
      const isStranger = builder.store !== hub && trust === 'not-trusted';
      return { ...builder, fault, ...(isStranger && { stepsInFor: 'busy' as const }) };
    }),
  );
}

/** Whether its line takes a machine out of use, as Nix understands it. */
export function isDrained({ machine }: Pick<FarmBuilder, 'machine'>): boolean {
  return machine.maxJobs === 0;
}

/** Why a builder cannot be used; undefined when it can, which is told of all that take part anyway. */
export async function greetBuilder(
  { machine, store, stepsInFor }: FarmBuilder,
  emit: EventSink,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { nixVersion } = await store.facts({ signal });
    if (stepsInFor !== 'unfit') {
      emit({ type: 'builder-ready', builder: machine.uri, nixVersion, slots: machine.maxJobs });
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return messageOf(error);
  }
}

/** What it means that a builder does not trust us, and what to do. */
export const untrusted: string =
  'its daemon does not trust us: it is used when all others are busy, and builds inputs that are ' +
  "neither signed nor content-addressed once more itself; add our user there to 'trusted-users' in " +
  '/etc/nix/nix.conf and restart its nix-daemon';
