import { lastingObstacles } from './capability.ts';
import type { BuilderName, GroupId, StepId } from './event.ts';
import type { Attempt, Bid, Builder, Farm, Phase, Step } from './farm.ts';
import { nothing } from './groups/capacity.ts';
import { isOpenTo, isWaiting } from './groups/group.ts';
import { isFreeFor, isReserve, slotsOf } from './load.ts';
import { obstaclesOf, passingObstacles } from './obstacles.ts';
import { resourcesTaken } from './resources.ts';
import type { Obstacle } from './result.ts';
import type { SchedulerState } from './state.ts';

/** Where a step is at present, and why it is not elsewhere. */
export interface WhyHere {
  readonly phase: Phase['type'];
  /** Its dependencies that have not ended. */
  readonly waitsFor: readonly StepId[];
  /** For a member of a group that has not started yet. */
  readonly group?: GroupWait | undefined;
  /** Why the hub cannot be reached, so that nothing starts anywhere; undefined while it can. */
  readonly hubFault: string | undefined;
  /** The builder that it runs on. */
  readonly chosen: BuilderBid | undefined;
  /**
   * Other builders, each with the reasons why it has not got the step; rivals of the choice first.
   */
  readonly passedOver: readonly PassedOver[];
  /** The number of further builders that are left out. */
  readonly untold: number;
}

/** What a member waits for besides its own inputs: its whole group starts at once. */
export interface GroupWait {
  readonly group: GroupId;
  /** The number of slots needed at the same time. */
  readonly slots: number;
  /** The number of them that are kept free for it, or will be once the builds there have ended. */
  readonly kept: number;
  /** Members whose inputs do not all exist yet. */
  readonly unready: readonly StepId[];
}

/** What was expected of building the step on one builder. */
export interface BuilderBid {
  readonly builder: BuilderName;
  /** How many times as long as on an idle machine of speed 1 the build was expected to take. */
  readonly slowness: number;
  /**
   * Bytes of its direct inputs that were there: outputs of steps, which count as 1 where their size
   * is not known, and inputs that existed before, except those that all builders have, or more than
   * 16.
   */
  readonly heldBytes: number;
}

/** A builder that has not got the step. Without reasons it would take the step, were that ready. */
export interface PassedOver {
  readonly builder: BuilderName;
  readonly reasons: readonly Reason[];
}

/** Why one builder has not got a step. */
export type Reason =
  | Obstacle
  | { readonly type: 'no-free-slot'; readonly slots: number }
  | { readonly type: 'resources-taken'; readonly resources: readonly string[] }
  /** It had the step before and lost it. */
  | { readonly type: 'lost-it'; readonly reason: string }
  /** It is a reserve, and a builder that is none was free. */
  | { readonly type: 'reserve' }
  /** It was free, but the step was expected to be built there later by so many milliseconds. */
  | { readonly type: 'later'; readonly byMs: number; readonly bid: BuilderBid }
  /** It is free, but the step is expected to be built earlier by waiting for a slot elsewhere. */
  | { readonly type: 'slower' }
  /** The policy of its group does not allow it there. */
  | { readonly type: 'not-allowed' }
  /** It is free, but its slots are kept for this group, which has waited for long. */
  | { readonly type: 'kept'; readonly group: GroupId }
  /** It could run the step, but not all members of its group find a slot at present. */
  | { readonly type: 'group-incomplete' }
  /** It was full when the step was placed, or no better than the builders with a `later`. */
  | { readonly type: 'not-free-then' };

/** Explains a step, with at most `mostOthers` other builders; undefined if no run wants it. */
export function whyHere(
  state: SchedulerState,
  id: StepId,
  mostOthers: number = Infinity,
): WhyHere | undefined {
  const farm = state.look();
  const step = farm.steps.get(id);
  if (step === undefined) return undefined;
  const attempt = 'attempt' in step.phase ? step.phase.attempt : undefined;
  const others = othersThan(attempt, farm, mostOthers);
  return {
    phase: step.phase.type,
    waitsFor: unfinished(step),
    ...groupWait(farm, step),
    hubFault: farm.hub.type === 'down' ? farm.hub.reason : undefined,
    chosen: attempt && told(attempt.choice),
    passedOver: others.map((builder) => ({
      builder: builder.offer.name,
      reasons: attempt ? reasonsThen(builder, attempt) : reasonsNow(farm, builder, step),
    })),
    untold: farm.builders.size - others.length - (attempt === undefined ? 0 : 1),
  };
}

/**
 * The builders to report: the rivals of the choice first, unless they have been removed, then any
 * others. Looks at no more builders than are needed.
 */
function othersThan(attempt: Attempt | undefined, { builders }: Farm, most: number): Builder[] {
  const rivals = attempt?.choice.rivals.map(({ builder }) => builder) ?? [];
  const there = rivals.filter((rival) => builders.get(rival.offer.name) === rival);
  const others = new Set(there.slice(0, most));
  for (const builder of builders.values()) {
    if (others.size >= most) break;
    if (builder !== attempt?.builder) others.add(builder);
  }
  return [...others];
}

function groupWait({ keeping }: Farm, { group }: Step): Pick<WhyHere, 'group'> {
  if (group === undefined || !isWaiting(group)) return {};
  const unready = group.members.filter(({ step: { phase } }) => phase.type !== 'gathered');
  const shares = keeping?.group === group ? [...keeping.shares.values()] : [];
  return {
    group: {
      group: group.id,
      slots: group.members.length,
      kept: shares.reduce((sum, { slots }) => sum + slots, 0),
      unready: unready.map(({ step }) => step.id),
    },
  };
}

function unfinished({ dependencies }: Step): StepId[] {
  return dependencies.filter(({ phase }) => phase.type !== 'ended').map(({ id }) => id);
}

function told({ builder, slowness, heldBytes }: Bid): BuilderBid {
  return { builder: builder.offer.name, slowness, heldBytes };
}

/** The reasons for a step that has no builder yet. */
function reasonsNow(farm: Farm, builder: Builder, step: Step): readonly Reason[] {
  const obstacles = obstaclesOf(builder, step.demand);
  if (obstacles.length > 0) return obstacles;
  if (!isOpenTo(step)(builder)) return [{ type: 'not-allowed' }];
  const slots = slotsOf(builder);
  const resources = resourcesTaken(builder, step.demand, nothing);
  const reasons: Reason[] = [
    ...(builder.attempts.size >= slots ? [{ type: 'no-free-slot', slots } as const] : []),
    ...(resources.length > 0 ? [{ type: 'resources-taken', resources } as const] : []),
    ...losses(builder, step),
  ];
  return reasons.length > 0 ? reasons : reasonsThoughFree(farm, builder, step);
}

function reasonsThoughFree({ keeping }: Farm, builder: Builder, step: Step): readonly Reason[] {
  if (step.phase.type === 'gathered') return [{ type: 'group-incomplete' }];
  if (step.phase.type !== 'ready') return [];
  const isKept = keeping !== undefined && !isFreeFor(builder, step.demand);
  return isKept ? [{ type: 'kept', group: keeping.group.id }] : [{ type: 'slower' }];
}

/**
 * The reasons for a step that was given to another builder. A lasting obstacle, which held then as
 * well, is reported alone.
 */
function reasonsThen(builder: Builder, { step, choice }: Attempt): readonly Reason[] {
  const lasting = lastingObstacles(builder.offer, step.demand);
  if (lasting.length > 0) return lasting;
  const rival = choice.rivals.find((one) => one.builder === builder);
  if (rival === undefined) {
    const known = [...losses(builder, step), ...passingObstacles(builder)];
    return known.length > 0 ? known : [{ type: 'not-free-then' }];
  }
  if (isReserve(builder) && !isReserve(choice.builder)) return [{ type: 'reserve' }];
  return [{ type: 'later', byMs: rival.costMs - choice.costMs, bid: told(rival) }];
}

function losses({ offer }: Builder, { faults }: Step): Reason[] {
  const last = faults.findLast(({ builder }) => builder === offer.name);
  return last === undefined ? [] : [{ type: 'lost-it', reason: last.reason }];
}
