import { startStep } from '../attempts.ts';
import type { Bid, Builder, Demand, Farm } from '../farm.ts';
import { isFreeFor, isReserve } from '../load.ts';
import { inputsHeld } from '../locality.ts';
import { bidOf } from '../placement.ts';
import { type QueueTurn, type Turn, takeTurn } from '../turns.ts';
import { nothing } from './capacity.ts';
import { gapLength } from './gap.ts';
import type { Keeping } from './group.ts';
import { outranksKeeper } from './next-group.ts';

/**
 * Starts a step in slots that are kept for a group: one of a higher priority; or, while nothing
 * else can start and the group waits for other slots anyway, one whose known duration ends before
 * one of those becomes free. Running fillers do not make the gap longer for further ones, so the
 * group begins when the last of them is over. `other` is a group that could start now. Returns
 * whether a step was started.
 */
export function fillGap(farm: Farm, other: Turn | undefined): boolean {
  const { keeping } = farm;
  const filler = keeping && nextFiller(farm, keeping, other);
  if (filler === undefined) return false;
  const attempt = startStep(farm, filler, { ...filler.bid, rivals: [] });
  if (!outranksKeeper(farm, filler.run.priority)) keeping?.fillers.add(attempt);
  return true;
}

interface Filler extends QueueTurn {
  readonly bid: Bid;
}

function nextFiller(farm: Farm, keeping: Keeping, other: Turn | undefined): Filler | undefined {
  const gapMs = other === undefined ? gapLength(keeping) : 0;
  let best: Filler | undefined;
  for (const demand of demandsAt(keeping)) {
    const found = takeTurn(demand, best ?? other, (turn) => {
      const bid = bidFor(farm, keeping, turn, gapMs);
      return bid && { ...turn, bid };
    });
    best = found ?? best;
  }
  return best;
}

function demandsAt({ shares }: Keeping): Iterable<Demand> {
  return new Set([...shares.keys()].flatMap(({ demands }) => [...demands]));
}

/** The best bid of the builders that keep slots and may let the step in. */
function bidFor(
  farm: Farm,
  { shares }: Keeping,
  { step, run, queue }: QueueTurn,
  gapMs: number,
): Bid | undefined {
  const mayHave = (builder: Builder): boolean =>
    isFreeFor(builder, step.demand, nothing) && !queue.avoided.has(builder.offer.name);
  const isShort = ({ slowness }: Bid): boolean =>
    step.isWeightKnown && step.weight * slowness <= gapMs;
  const isFirst = outranksKeeper(farm, run.priority);
  const held = inputsHeld(step);
  return [...shares.keys()]
    .filter((builder) => step.demand.working.has(builder) && mayHave(builder))
    .map((builder) => bidOf(builder, step, held))
    .filter((bid) => isFirst || (isShort(bid) && !isReserve(bid.builder)))
    .reduce<Bid | undefined>(
      (best, bid) => (best && best.costMs <= bid.costMs ? best : bid),
      undefined,
    );
}
