import type { AttemptOutcome, BuilderName } from './event.ts';
import type { Attempt, Builder, Farm, Step } from './farm.ts';
import { isHopeful } from './patience.ts';
import type { Fault, FaultExcuse } from './result.ts';
import { isOnProbation } from './strikes.ts';

/** Excused faults end a step as well once all its faults are this many times the maximum. */
const lossesPerFault = 3;

/**
 * Whether a step was lost so often that it is given up. The limit keeps a step that kills its
 * builder from taking down the whole farm, one machine after the other, and ensures that a run
 * ends.
 */
export function isExhausted(faults: readonly Fault[], maximumFaults: number): boolean {
  const counted = faults.filter(({ excuse }) => excuse === undefined);
  return counted.length >= maximumFaults || faults.length >= lossesPerFault * maximumFaults;
}

const nobody: ReadonlySet<BuilderName> = new Set();

/** The builders that lost the step: it goes back to them only while no other takes work. */
export function avoidedBuilders(faults: readonly Fault[]): ReadonlySet<BuilderName> {
  if (faults.length === 0) return nobody;
  const losses = faults.filter(({ excuse }) => excuse !== 'source');
  return new Set(losses.map(({ builder }) => builder).toSorted());
}

/** The fault to record for a lost attempt. */
export function faultOf(farm: Farm, attempt: Attempt, outcome: AttemptOutcome): Fault {
  const { id, step, builder } = attempt;
  const reason =
    outcome.type === 'infrastructure-fault' ? outcome.reason : 'it was stopped unasked';
  const hasSourceFailed = failedSource(outcome, builder) !== undefined;
  const excuse = hasSourceFailed ? 'source' : excuseOf(farm, step, builder);
  return { attempt: id, builder: builder.offer.name, reason, ...(excuse && { excuse }) };
}

/**
 * The store that failed as the source of inputs, so that neither the step nor its builder is to
 * blame; else undefined.
 */
export function failedSource(outcome: AttemptOutcome, { offer }: Builder): string | undefined {
  if (outcome.type !== 'infrastructure-fault' || outcome.source === offer.name) return undefined;
  return outcome.source;
}

/** Excuses a loss on a builder on probation, which says little, if another could run the step. */
function excuseOf(farm: Farm, { demand }: Step, builder: Builder): FaultExcuse | undefined {
  const isBetter = (one: Builder): boolean =>
    one !== builder && !one.isDrained && !isOnProbation(one) && isHopeful(farm, one);
  return isOnProbation(builder) && [...demand.eligible].some(isBetter)
    ? 'suspect-builder'
    : undefined;
}
