import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Machine } from '@dispatch/builders/machine';
import { trustAdvice } from '@dispatch/builders/trust';
import type { BuilderOffer } from '@dispatch/scheduler/event';
import type { RunEvent } from '../events.ts';
import type { Withdrawal } from './steering.ts';

/** A machine of the farm, with its store. */
export interface FarmBuilder {
  readonly machine: Machine;
  readonly store: DaemonStore;
  /**
   * It builds only in the place of others: when none has a free slot (`busy`), or for steps that
   * none is fit for (`unfit`).
   */
  readonly stepsInFor?: 'busy' | 'unfit';
  /** Its daemon does not trust us. */
  readonly isStranger?: boolean;
}

/** A machine after it was called; one that cannot be used says why. */
export interface GreetedBuilder extends FarmBuilder {
  readonly fault: string | undefined;
  /** Given when somebody took it out of use. */
  readonly withdrawal?: Withdrawal | undefined;
}

/** A feature that only the hub offers, when it takes part as a builder, and that only the engine asks for. */
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
    resources: machine.resources,
  };
}

/** Whether a machine's line takes it out of use, as Nix understands it: 0 builds at a time. */
export function isDrained({ machine }: Pick<FarmBuilder, 'machine'>): boolean {
  return machine.maxJobs === 0;
}

/** Whether nothing at all is asked of a machine: it may be switched off. */
export function isLeftAlone({
  machine,
  withdrawal,
}: Pick<GreetedBuilder, 'machine' | 'withdrawal'>): boolean {
  return isDrained({ machine }) || withdrawal === 'skip';
}

/** Whether it answers, and may be asked. */
export function isUsable(builder: GreetedBuilder): boolean {
  return builder.fault === undefined && !isLeftAlone(builder);
}

/** The event for a builder that can be used. */
export async function builderReady(
  { machine, store }: FarmBuilder,
  signal: AbortSignal,
): Promise<RunEvent> {
  const { nixVersion } = await store.facts({ signal });
  return { type: 'builder-ready', builder: machine.uri, nixVersion, slots: machine.maxJobs };
}

/** What it means that a builder does not trust us, and what to do. */
export const untrusted: string =
  'its daemon does not trust us: it is used when all others are busy, and builds inputs that are ' +
  `neither signed nor content-addressed once more itself; ${trustAdvice}`;
