import { claimedFeatures, type MachineOffer } from '@dispatch/builders/machine';
import { buildRequirements } from '@dispatch/graph/build-requirements';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { EventSink } from '../events.ts';
import { type GreetedBuilder, isDrained } from '../execute/farm-builder.ts';
import { answerLimit } from './answer-limit.ts';

/**
 * The builders without the features that their lines in the machines file claim and that their own
 * daemons do not have: they would refuse the steps that need them. Only builders whose line claims a
 * feature that some step requires are asked.
 */
export async function withOwnFeatures(
  builders: readonly GreetedBuilder[],
  steps: readonly PlannedStep[],
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<GreetedBuilder[]> {
  const required = new Set(steps.flatMap(({ node }) => buildRequirements(node).features));
  return Promise.all(builders.map((builder) => compared(builder, required, onEvent, signal)));
}

async function compared(
  builder: GreetedBuilder,
  required: ReadonlySet<string>,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<GreetedBuilder> {
  const { machine, fault } = builder;
  const claimed = claimedFeatures(machine).filter((feature) => required.has(feature));
  if (fault !== undefined || isDrained(builder) || claimed.length === 0) return builder;
  const own = await ownFeatures(builder, signal);
  if (own === undefined) return builder;
  const features = claimed.filter((feature) => !own.includes(feature));
  if (features.length === 0) return builder;
  onEvent({ type: 'features-missing', builder: machine.uri, features, own });
  return without(builder, new Set(features));
}

/** Undefined when it does not say; if it cannot be reached any more, a build there will show it. */
async function ownFeatures(
  { store }: GreetedBuilder,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    return (await store.offer({ signal: answerLimit(signal) }))?.features;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function without(builder: GreetedBuilder, features: ReadonlySet<string>): GreetedBuilder {
  const { machine } = builder;
  const alsoOffers = machine.alsoOffers?.map((offer) => lacking(offer, features));
  const rest = alsoOffers === undefined ? {} : { alsoOffers };
  return { ...builder, machine: { ...machine, ...lacking(machine, features), ...rest } };
}

function lacking(
  { systems, speedFactor, supportedFeatures, mandatoryFeatures }: MachineOffer,
  features: ReadonlySet<string>,
): MachineOffer {
  return {
    systems,
    speedFactor,
    supportedFeatures: supportedFeatures.filter((feature) => !features.has(feature)),
    // It stays kept for them, so that it does nothing else; no derivation can require such a name.
    mandatoryFeatures: mandatoryFeatures.map((feature) =>
      features.has(feature) ? `${feature} (missing there)` : feature,
    ),
  };
}
