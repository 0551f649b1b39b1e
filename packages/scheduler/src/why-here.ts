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

/** Where a step is at this moment, and why it is not elsewhere. */
export interface WhyHere {
  readonly phase: Phase['type'];
  /** Steps whose outputs it needs and that have not ended well. */
  readonly waitsFor: readonly StepId[];
  /** Given of a member of a group that has not started yet. */
  readonly group?: GroupWait | undefined;
  /** Given when nothing starts anywhere, since the hub cannot be reached. */
  readonly hubFault: string | undefined;
  /** Where it runs. */
  readonly chosen: BuilderBid | undefined;
  /** Other builders, each with the reasons that it has not got the step; the nearest rivals first. */
  readonly passedOver: readonly PassedOver[];
  /** How many others there are besides. */
  readonly untold: number;
}

/** What a member waits for beside its own inputs: its whole group starts at once. */
export interface GroupWait {
  readonly group: GroupId;
  /** So many slots are needed at the same time. */
  readonly slots: number;
  /** So many of them are kept free for it, or will be when what runs there has ended. */
  readonly kept: number;
  /** Members whose inputs do not all exist yet. */
  readonly unready: readonly StepId[];
}

/** What was expected of building the step on a builder. */
export interface BuilderBid {
  readonly builder: BuilderName;
  /** How many times as long a build was to take as on an idle machine of speed 1. */
  readonly slowness: number;
  /**
   * Bytes of its direct inputs that were there: outputs of steps, which count as one where their size is not
   * known, and what there was before, but for what all have.
   */
  readonly heldBytes: number;
}

/** A builder without the step. With no reason it would take the step, were that ready. */
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
  /** It steps in for others only, and one of those was free. */
  | { readonly type: 'reserve' }
  /** It was free, and the step was expected to be built later there by so many milliseconds. */
  | { readonly type: 'later'; readonly byMs: number; readonly bid: BuilderBid }
  /** It is free, but the step is expected to be built earlier where it has to wait for a slot. */
  | { readonly type: 'slower' }
  /** The terms of its group do not allow it there. */
  | { readonly type: 'not-allowed' }
  /** It is free, and so it has to stay for this group, which has waited for long. */
  | { readonly type: 'kept'; readonly group: GroupId }
  /** It could have the step, but not all members of its group find a slot at the moment. */
  | { readonly type: 'group-incomplete' }
  /** It was full when the step was placed, or no better than those that are given with `later`. */
  | { readonly type: 'not-free-then' };

/** Answers for a step that a run wants, with so many others at most; undefined when none does. */
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

/** Costs no more than as many as are asked for, and the rivals, some of which may have been removed. */
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

/** Of a step that has no builder yet. */
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

/** Of a step that was given to another. What cannot have been otherwise then is told before the rest. */
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
