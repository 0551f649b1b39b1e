import type { BuilderOffer } from './event.ts';
import type { Builder, Needs } from './farm.ts';
import type { Capacity } from './groups/capacity.ts';

/**
 * How many steps that require the feature the builder may run at a time; undefined when the feature
 * is not one of its resources.
 */
export function unitsOf({ resources }: BuilderOffer, feature: string): number | undefined {
  if (resources === undefined || !Object.hasOwn(resources, feature)) return undefined;
  return resources[feature];
}

/**
 * The required features of which the builder has no unit left, besides those that it keeps free.
 */
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

/** Takes one unit of each required feature that is a resource of the builder. */
export function takeUnits(builder: Builder, needs: Needs): void {
  countUnits(builder, needs, 1);
}

/** Gives these units back. */
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
