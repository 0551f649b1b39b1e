import type { BuilderName } from './event.ts';
import type { Bid, Builder, Choice, Demand, ReadyQueue, Step } from './farm.ts';
import { compareLoad, isReserve, slowness } from './load.ts';
import { inputsHeld, savedMs } from './locality.ts';

/** So many others are noted beside a choice, for whoever asks why it was made. */
const notedRivals = 4;

/**
 * The builder that is expected to have the most urgent step of a queue built first: the time it takes
 * at its speed and load, less the time that copying inputs takes which are there already. Undefined
 * when none that it may go to is free.
 */
export function chooseBuilder(step: Step, queue: ReadyQueue): Choice | undefined {
  const { demand } = step;
  const accepts = acceptance(demand, queue.avoided);
  const candidates = new Set(demand.free.firstFew(1 + notedRivals, accepts));
  const held = inputsHeld(step);
  // Those that hold nothing differ in slowness alone: of them the first few are enough.
  for (const one of held.keys()) if (demand.free.has(one) && accepts(one)) candidates.add(one);
  const bids = [...candidates].map((builder) => bidOf(builder, step, held));
  const [best, ...rivals] = bids.toSorted((a, b) => compareBids(a, b, demand));
  return best && { ...best, rivals: rivals.slice(0, notedRivals) };
}

/** What it would be to build the step there, of whose inputs so many bytes are held by the builders. */
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

/** A step goes back to builders that lost it only while no other takes work. */
function acceptance(demand: Demand, avoided: ReadonlySet<BuilderName>): Accepts {
  if (avoided.size === 0) return everybody;
  const accepts: Accepts = ({ offer }) => !avoided.has(offer.name);
  return [...demand.working].some(accepts) ? accepts : everybody;
}
