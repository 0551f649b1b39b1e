import { updateFreeSlots, updateWorking } from './demands.ts';
import type { Builder, BuilderStatus, Farm } from './farm.ts';

/** Every change of a builder's status goes through here. */
export function setStatus(farm: Farm, builder: Builder, status: BuilderStatus): void {
  builder.status = status;
  noteChange(farm, builder);
}

/** To be called when the builder begins to take work, or takes none any longer. */
export function noteChange(farm: Farm, builder: Builder): void {
  noteOffers(farm);
  updateWorking(builder);
  updateFreeSlots(builder);
  // Obstacles are listed for every builder, even one that could never meet the demand.
  for (const demand of farm.demands.values()) demand.obstacles = undefined;
}

/** Notes that the set of builders that take work, or what they offer, has changed. */
export function noteOffers(farm: Farm): void {
  farm.builderVersion += 1;
  farm.roomVersion += 1;
}
