import type { AttemptOutcome, BuilderName } from './event.ts';
import type { Attempt, Builder, Farm, Step } from './farm.ts';
import { isHopeful } from './patience.ts';
import type { Fault, FaultExcuse } from './result.ts';
import { isOnProbation } from './strikes.ts';

/** Losses that do not count against a step end it all the same when there are so many times as many. */
const lossesPerFault = 3;

/**
 * Whether a step was lost so often that it is given up. The bound keeps a step that kills its
 * builder from taking the whole farm down, one machine after the other; and a run always ends.
 */
export function isExhausted(faults: readonly Fault[], maximumFaults: number): boolean {
  const counted = faults.filter(({ excuse }) => excuse === undefined);
  return counted.length >= maximumFaults || faults.length >= lossesPerFault * maximumFaults;
}

const nobody: ReadonlySet<BuilderName> = new Set();

/** The builders that lost the step: it goes there again only while no other is up. */
export function avoidedBuilders(faults: readonly Fault[]): ReadonlySet<BuilderName> {
  if (faults.length === 0) return nobody;
  const losses = faults.filter(({ excuse }) => excuse !== 'source');
  return new Set(losses.map(({ builder }) => builder).toSorted());
}

/** What is noted of an attempt that was lost. */
export function faultOf(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): Fault {
  const { id, step, builder } = attempt;
  const reason =
    outcome.type === 'infrastructure-fault' ? outcome.reason : 'it was stopped unasked';
  const hasSourceFailed = failedSource(outcome, builder) !== undefined;
  const excuse = hasSourceFailed ? 'source' : excuseOf(farm, step, builder);
  return { attempt: id, builder: builder.offer.name, reason, ...(excuse && { excuse }) };
}

/** Where the inputs came from, when neither the step nor its builder is to blame but that. */
export function failedSource(outcome: AttemptOutcome, { offer }: Builder): string | undefined {
  if (outcome.type !== 'infrastructure-fault' || outcome.source === offer.name) return undefined;
  return outcome.source;
}

/** What a builder loses that was found out to lose steps says little about a step, if another can have it. */
function excuseOf(farm: Farm, { demand }: Step, builder: Builder): FaultExcuse | undefined {
  const isBetter = (one: Builder): boolean =>
    one !== builder && !one.isDrained && !isOnProbation(one) && isHopeful(farm, one);
  return isOnProbation(builder) && [...demand.eligible].some(isBetter)
    ? 'suspect-builder'
    : undefined;
}
