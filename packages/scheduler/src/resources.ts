import type { BuilderOffer } from './event.ts';
import type { Builder, Needs } from './farm.ts';
import type { Capacity } from './groups/capacity.ts';

/** How many steps that require the feature the builder runs at a time; undefined when it does not count it. */
export function unitsOf({ resources }: BuilderOffer, feature: string): number | undefined {
  if (resources === undefined || !Object.hasOwn(resources, feature)) return undefined;
  return resources[feature];
}

/** Those of the required features of which the builder has no unit left beside what it keeps. */
export function resourcesTaken(
  { offer, unitsTaken, kept }: Builder,
  needs: Needs,
  keeps: Capacity = kept,
): string[] {
  if (offer.resources === undefined) return [];
  return [...needs.requiredFeatures].filter((feature) => {
    const units = unitsOf(offer, feature);
    const taken = (unitsTaken.get(feature) ?? 0) + (keeps.units.get(feature) ?? 0);
    return units !== undefined && taken >= units;
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
