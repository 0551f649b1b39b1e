import type { BuilderName, BuilderOffer, Capability, StepRequest } from './event.ts';
import type { Builder, Demand, Down, Farm, ReadyQueue, Step } from './farm.ts';
import type { BuilderObstacles, Obstacle } from './result.ts';

/** Whether the builder could ever run steps with this demand, down or full as it may be now. */
export function canMeet(offer: BuilderOffer, demand: Needs): boolean {
  return lastingObstacles(offer, demand).length === 0;
}

/** The same for a step that has not been asked for yet. */
export function canRun(
  offer: BuilderOffer,
  { system, requiredFeatures }: Pick<StepRequest, 'system' | 'requiredFeatures'>,
): boolean {
  return canMeet(offer, { system, requiredFeatures: new Set(requiredFeatures) });
}

/** For each builder that does not meet the demand now, why; kept until a builder changes. */
export function obstaclesFor(farm: Farm, demand: Demand): readonly BuilderObstacles[] {
  demand.obstacles ??= [...farm.builders.values()]
    .map((builder) => ({
      builder: builder.offer.name,
      obstacles: [...lastingObstacles(builder.offer, demand), ...passingObstacles(builder)],
    }))
    .filter(({ obstacles }) => obstacles.length > 0);
  return demand.obstacles;
}

/** Without the hub, no builder can run anything. */
export function hubObstacles(farm: Farm, { reason }: Down): readonly BuilderObstacles[] {
  return [...farm.builders.keys()].map((builder) => ({
    builder,
    obstacles: [{ type: 'down', reason }],
  }));
}

/** What a derivation asks of a machine. */
type Needs = Pick<Demand, 'system' | 'requiredFeatures'>;

/** Why a builder could never run what asks for this, as Nix matches a derivation to a machine. */
function lastingObstacles(offer: BuilderOffer, { system, requiredFeatures }: Needs): Obstacle[] {
  const capabilities = capabilitiesOf(offer);
  const fitting = capabilities.filter((one) => builds(one, system));
  const systems = [...new Set(capabilities.flatMap((one) => one.systems))];
  const wrongSystem: Obstacle = { type: 'system', wanted: system, offered: systems };
  return [
    ...(fitting.length === 0 ? [wrongSystem] : []),
    // Of several that come into question, what the nearest lacks is told.
    ...fewest(
      (fitting.length === 0 ? capabilities : fitting).map((one) =>
        featureObstacles(one, requiredFeatures),
      ),
    ),
    ...(offer.slots === 0 ? [{ type: 'no-slots' } as const] : []),
  ];
}

/** All that a builder offers, its first line first. */
export function capabilitiesOf(offer: BuilderOffer): readonly Capability[] {
  return offer.alsoOffers === undefined ? [offer] : [offer, ...offer.alsoOffers];
}

function builds({ systems }: Capability, system: string): boolean {
  return system === 'builtin' || systems.includes(system);
}

function featureObstacles(
  { supportedFeatures, mandatoryFeatures }: Capability,
  required: ReadonlySet<string>,
): Obstacle[] {
  const obstacles: Obstacle[] = [];
  const offered = new Set([...supportedFeatures, ...mandatoryFeatures]);
  const missing = [...required].filter((feature) => !offered.has(feature));
  if (missing.length > 0) obstacles.push({ type: 'missing-features', features: missing });
  const unmet = mandatoryFeatures.filter((feature) => !required.has(feature));
  if (unmet.length > 0) obstacles.push({ type: 'mandatory-features', features: unmet });
  return obstacles;
}

function fewest(lists: readonly (readonly Obstacle[])[]): readonly Obstacle[] {
  return lists.reduce((best, list) => (list.length < best.length ? list : best));
}

/** How fast the builder is at what asks for this, which it can meet. */
function speedAt(offer: BuilderOffer, { system, requiredFeatures }: Needs): number {
  if (offer.alsoOffers === undefined) return offer.speedFactor;
  const able = capabilitiesOf(offer).filter(
    (one) => builds(one, system) && featureObstacles(one, requiredFeatures).length === 0,
  );
  return Math.max(...able.map(({ speedFactor }) => speedFactor));
}

function passingObstacles({ status }: Builder): Obstacle[] {
  if (status.type === 'up') return [];
  return [status.type === 'down' ? { type: 'down', reason: status.reason } : status];
}

/**
 * Orders builders with a free slot that meet a demand: reserves last, least load for their speed, then
 * fastest, then first come.
 */
export function compareLoad(a: Builder, b: Builder, demand: Needs): number {
  return (
    Number(isReserve(a)) - Number(isReserve(b)) ||
    load(a, demand) - load(b, demand) ||
    speedAt(b.offer, demand) - speedAt(a.offer, demand) ||
    a.order - b.order
  );
}

function isReserve({ offer }: Builder): boolean {
  return offer.isReserve === true;
}

/**
 * The builder for the most urgent step of a queue: the least loaded, and among those that are loaded
 * alike the one that holds the most of its inputs. Until the bytes of inputs are known, no number of
 * them is worth a wait: a copy is seconds, a build may be hours. Undefined when none that it may go
 * to has a free slot.
 */
export function chooseBuilder(farm: Farm, step: Step, queue: ReadyQueue): Builder | undefined {
  const accepts = acceptance(step.demand, queue.avoided);
  const freest = step.demand.free.firstWhere(accepts);
  if (freest === undefined) return undefined;
  const asFree: Accepts = (builder) =>
    accepts(builder) &&
    isReserve(builder) === isReserve(freest) &&
    load(builder, step.demand) <= load(freest, step.demand);
  return nearestBuilder(farm, step, asFree) ?? freest;
}

/** Builds under way, in proportion to the builder's speed at what is asked for. */
function load({ attempts, offer }: Builder, demand: Needs): number {
  return attempts.size / speedAt(offer, demand);
}

type Accepts = (builder: Builder) => boolean;

function acceptance(demand: Demand, avoided: ReadonlySet<BuilderName>): Accepts {
  if (avoided.size === 0) return () => true;
  const accepts: Accepts = ({ offer }) => !avoided.has(offer.name);
  return isSomeUp(demand, accepts) ? accepts : () => true;
}

function isSomeUp(demand: Demand, accepts: Accepts): boolean {
  for (const builder of demand.eligible) {
    if (builder.status.type === 'up' && accepts(builder)) return true;
  }
  return false;
}

function nearestBuilder(farm: Farm, step: Step, accepts: Accepts): Builder | undefined {
  let nearest: Builder | undefined;
  let most = 0;
  for (const [name, held] of inputsHeld(step)) {
    const builder = farm.builders.get(name);
    if (builder === undefined || !step.demand.free.has(builder) || !accepts(builder)) continue;
    const isNearer =
      held > most || (held === most && nearest && compareLoad(builder, nearest, step.demand) < 0);
    if (!isNearer) continue;
    nearest = builder;
    most = held;
  }
  return nearest;
}

/** How many of the step's inputs each builder is known to hold. */
function inputsHeld(step: Step): ReadonlyMap<BuilderName, number> {
  const held = new Map<BuilderName, number>();
  for (const dependency of step.dependencies) {
    for (const name of holders(dependency)) held.set(name, (held.get(name) ?? 0) + 1);
  }
  return held;
}

function holders({ phase }: Step): readonly BuilderName[] {
  if (phase.type !== 'ended') return [];
  if (phase.result.type === 'succeeded') return [phase.result.builder];
  return phase.result.type === 'present' ? phase.result.at : [];
}
