import type { BuilderName } from './event.ts';
import type { Bid, Builder, Choice, Demand, ReadyQueue, Step } from './farm.ts';
import { compareLoad, isReserve, slowness } from './load.ts';
import { inputsHeld, savedMs } from './locality.ts';

/** The number of rivals that a choice records for `dispatch explain --why-here`. */
const notedRivals = 4;

/**
 * Chooses the free builder that is expected to build a queue's most urgent step first: by the
 * build's duration at the builder's speed and load, less the time saved for inputs that are already
 * there. Undefined when no builder that may take the step is free.
 */
export function chooseBuilder(step: Step, queue: ReadyQueue): Choice | undefined {
  const { demand } = step;
  const accepts = acceptance(demand, queue.avoided);
  const candidates = new Set(demand.free.firstFew(1 + notedRivals, accepts));
  const held = inputsHeld(step);
  // Builders that hold no inputs differ in slowness only, so the first few of them are enough.
  for (const one of held.keys()) if (demand.free.has(one) && accepts(one)) candidates.add(one);
  const bids = [...candidates].map((builder) => bidOf(builder, step, held));
  const [best, ...rivals] = bids.toSorted((a, b) => compareBids(a, b, demand));
  return best && { ...best, rivals: rivals.slice(0, notedRivals) };
}

/** The bid of a builder for a step; `held` has the bytes of the step's inputs on each builder. */
export function bidOf(builder: Builder, step: Step, held: ReadonlyMap<Builder, number>): Bid {
  const slow = slowness(builder, step.demand);
  const heldBytes = held.get(builder) ?? 0;
  return { builder, slowness: slow, heldBytes, costMs: step.weight * slow - savedMs(heldBytes) };
}

function compareBids(a: Bid, b: Bid, demand: Demand): number {
  return (
    Number(isReserve(a.builder)) - Number(isReserve(b.builder)) ||
    a.costMs - b.costMs ||
    compareLoad(a.builder, b.builder, demand)
  );
}

type Accepts = (builder: Builder) => boolean;

const everybody: Accepts = () => true;

/** Which builders a queue accepts: those that lost its steps only while no other takes work. */
function acceptance(demand: Demand, avoided: ReadonlySet<BuilderName>): Accepts {
  if (avoided.size === 0) return everybody;
  const accepts: Accepts = ({ offer }) => !avoided.has(offer.name);
  return [...demand.working].some(accepts) ? accepts : everybody;
}
