import type { BuilderOffer } from './event.ts';
import type { Builder, Needs } from './farm.ts';

/** How many steps that require the feature the builder runs at a time; undefined when it does not count it. */
export function unitsOf({ resources }: BuilderOffer, feature: string): number | undefined {
  if (resources === undefined || !Object.hasOwn(resources, feature)) return undefined;
  return resources[feature];
}

/** Those of the required features of which the builder has no unit left. */
export function resourcesTaken({ offer, unitsTaken }: Builder, needs: Needs): string[] {
  if (offer.resources === undefined) return [];
  return [...needs.requiredFeatures].filter((feature) => {
    const units = unitsOf(offer, feature);
    return units !== undefined && (unitsTaken.get(feature) ?? 0) >= units;
  });
}

/** Takes one unit of each required feature that the builder counts. */
export function takeUnits(builder: Builder, needs: Needs): void {
  countUnits(builder, needs, 1);
}

/** Gives them back. */
export function returnUnits(builder: Builder, needs: Needs): void {
  countUnits(builder, needs, -1);
}

function countUnits({ offer, unitsTaken }: Builder, needs: Needs, change: number): void {
  if (offer.resources === undefined) return;
  for (const feature of needs.requiredFeatures) {
    if (unitsOf(offer, feature) === undefined) continue;
    unitsTaken.set(feature, (unitsTaken.get(feature) ?? 0) + change);
  }
}
