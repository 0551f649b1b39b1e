import { isInSandbox } from '@dispatch/builders/daemon-settings';
import { claimedFeatures } from '@dispatch/builders/machine';
import { buildRequirements } from '@dispatch/graph/build-requirements';
import { groupFeature } from '@dispatch/graph/groups/group-rules';
import type { PlannedStep } from '@dispatch/graph/plan-steps';
import { rendezvousFolder } from '@dispatch/rendezvous/socket-path';
import type { EventSink, FeaturesMissing } from '../events.ts';
import { type GreetedBuilder, isUsable } from '../farm/farm-builder.ts';
import type { Roster } from '../farm/roster.ts';
import { answerLimit } from './answer-limit.ts';

/**
 * The builders without the features that their lines in the machines file claim and their own
 * daemons lack: these would refuse the steps that need them. Only builders whose line claims a
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
      for (const lack of await lacksOf(builder, required, signal)) {
        onEvent({ type: 'features-missing', builder: builder.machine.uri, ...lack });
        roster.noteMissing(builder, lack.features);
      }
    }),
  );
  return builders.map((builder) => roster.asKnown(builder));
}

type Lack = Omit<FeaturesMissing, 'type' | 'builder'>;

/** The required features that a builder claims and lacks, or has no use of. */
async function lacksOf(
  builder: GreetedBuilder,
  required: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<readonly Lack[]> {
  const claimed = claimedFeatures(builder.machine).filter((feature) => required.has(feature));
  if (!isUsable(builder) || claimed.length === 0) return [];
  const own = await ownFeatures(builder, signal);
  const missing = own === undefined ? [] : claimed.filter((feature) => !own.includes(feature));
  const lacks: Lack[] = missing.length === 0 ? [] : [{ features: missing, own: own ?? [] }];
  const isForGroups = claimed.includes(groupFeature) && !missing.includes(groupFeature);
  if (isForGroups && !(await canMembersMeet(builder, signal))) {
    lacks.push({ features: [groupFeature], own: own ?? claimed, sandboxPath: rendezvousFolder });
  }
  return lacks;
}

/** Whether members could meet on a builder; taken for granted where its settings cannot be learnt. */
async function canMembersMeet({ store }: GreetedBuilder, signal: AbortSignal): Promise<boolean> {
  try {
    const settings = await store.daemonSettings(answerLimit(signal));
    return settings === undefined || isInSandbox(settings, rendezvousFolder);
  } catch {
    signal.throwIfAborted();
    return true;
  }
}

/**
 * The features of a builder's own daemon; undefined when it does not say. If it cannot be reached
 * any more, a build there will show it.
 */
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
