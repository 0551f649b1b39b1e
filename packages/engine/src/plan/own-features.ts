import { claimedFeatures } from '@dispatch/builders/machine';
import { buildRequirements } from '@dispatch/graph/build-requirements';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import type { EventSink } from '../events.ts';
import { type GreetedBuilder, isLeftAlone } from '../execute/farm-builder.ts';
import type { Roster } from '../execute/roster.ts';
import { answerLimit } from './answer-limit.ts';

/**
 * The builders without the features that their lines in the machines file claim and that their own
 * daemons do not have: they would refuse the steps that need them. Only builders whose line claims a
 * feature that some step requires are asked.
 */
export async function withOwnFeatures(
  builders: readonly GreetedBuilder[],
  steps: readonly PlannedStep[],
  roster: Roster,
  onEvent: EventSink,
  signal: AbortSignal,
): Promise<GreetedBuilder[]> {
  const required = new Set(steps.flatMap(({ node }) => buildRequirements(node).features));
  await Promise.all(
    builders.map(async (builder) => {
      const { features, own } = await compared(builder, required, signal);
      if (features.length === 0) return;
      onEvent({ type: 'features-missing', builder: builder.machine.uri, features, own });
      roster.noteMissing(builder, features);
    }),
  );
  return builders.map((builder) => roster.asKnown(builder));
}

/** Which of the required features a builder claims and lacks, and what it has. */
async function compared(
  builder: GreetedBuilder,
  required: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<{ readonly features: readonly string[]; readonly own: readonly string[] }> {
  const { machine, fault } = builder;
  const claimed = claimedFeatures(machine).filter((feature) => required.has(feature));
  if (fault !== undefined || isLeftAlone(builder) || claimed.length === 0) return nothingMissing;
  const own = await ownFeatures(builder, signal);
  if (own === undefined) return nothingMissing;
  return { features: claimed.filter((feature) => !own.includes(feature)), own };
}

const nothingMissing = { features: [], own: [] };

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
