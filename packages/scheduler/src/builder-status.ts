import { updateFreeSlots, updateWorking } from './demands.ts';
import type { Builder, BuilderStatus, Farm } from './farm.ts';

/** Every change of a builder's status goes through here. */
export function setStatus(farm: Farm, builder: Builder, status: BuilderStatus): void {
  builder.status = status;
  noteChange(farm, builder);
}

/** The builder takes work that it did not take before, or the other way round. */
export function noteChange(farm: Farm, builder: Builder): void {
  noteOffers(farm);
  updateWorking(builder);
  updateFreeSlots(builder);
  // Reasons are shown for every builder, also for those that could never meet the demand.
  for (const demand of farm.demands.values()) demand.obstacles = undefined;
}

/** Other builders take work than before, or offer something else. */
export function noteOffers(farm: Farm): void {
  farm.builderVersion += 1;
  farm.roomVersion += 1;
}
