import type { BuilderOffer, Capability } from './event.ts';
import type { Needs } from './farm.ts';
import { needsOf } from './needs.ts';
import { unitsOf } from './resources.ts';
import type { Obstacle } from './result.ts';

/** Whether the builder could ever meet these needs, even if it is down or full now. */
export function canMeet(offer: BuilderOffer, needs: Needs): boolean {
  return lastingObstacles(offer, needs).length === 0;
}

/** The same for a step that is not known to the scheduler yet. */
export function canRun(offer: BuilderOffer, request: Parameters<typeof needsOf>[0]): boolean {
  return canMeet(offer, needsOf(request));
}

/** Why a builder could never meet these needs, by Nix's rules for choosing a machine. */
export function lastingObstacles(
  offer: BuilderOffer,
  { system, requiredFeatures }: Needs,
): Obstacle[] {
  const capabilities = capabilitiesOf(offer);
  const fitting = capabilities.filter((one) => builds(one, system));
  const systems = [...new Set(capabilities.flatMap((one) => one.systems))];
  const wrongSystem: Obstacle = { type: 'system', wanted: system, offered: systems };
  const features = uncounted(offer, requiredFeatures);
  return [
    ...(fitting.length === 0 ? [wrongSystem] : []),
    // Of several candidate lines, report what the nearest one lacks.
    ...fewest(
      (fitting.length === 0 ? capabilities : fitting).map((one) =>
        featureObstacles(one, features, requiredFeatures),
      ),
    ),
    ...(offer.slots === 0 ? [{ type: 'no-slots' } as const] : []),
  ];
}

/** All capabilities of a builder, that of its first line first. */
export function capabilitiesOf(offer: BuilderOffer): readonly Capability[] {
  return offer.alsoOffers === undefined ? [offer] : [offer, ...offer.alsoOffers];
}

/** The builder's speed factor for these needs, which it can meet: that of its fastest such line. */
export function speedAt(offer: BuilderOffer, { system, requiredFeatures }: Needs): number {
  if (offer.alsoOffers === undefined) return offer.speedFactor;
  const features = uncounted(offer, requiredFeatures);
  const able = capabilitiesOf(offer).filter(
    (one) => builds(one, system) && featureObstacles(one, features, requiredFeatures).length === 0,
  );
  return Math.max(...able.map(({ speedFactor }) => speedFactor));
}

function builds({ systems }: Capability, system: string): boolean {
  return system === 'builtin' || systems.includes(system);
}

/** The required features except the machine's resources, which all its lines share. */
function uncounted(offer: BuilderOffer, required: ReadonlySet<string>): string[] {
  return [...required].filter((feature) => unitsOf(offer, feature) === undefined);
}

function featureObstacles(
  { supportedFeatures, mandatoryFeatures }: Capability,
  features: readonly string[],
  required: ReadonlySet<string>,
): Obstacle[] {
  const obstacles: Obstacle[] = [];
  const offered = new Set([...supportedFeatures, ...mandatoryFeatures]);
  const missing = features.filter((feature) => !offered.has(feature));
  if (missing.length > 0) obstacles.push({ type: 'missing-features', features: missing });
  const unmet = mandatoryFeatures.filter((feature) => !required.has(feature));
  if (unmet.length > 0) obstacles.push({ type: 'mandatory-features', features: unmet });
  return obstacles;
}

function fewest(lists: readonly (readonly Obstacle[])[]): readonly Obstacle[] {
  return lists.reduce((best, list) => (list.length < best.length ? list : best));
}
