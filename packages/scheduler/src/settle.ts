import type { Farm } from './farm.ts';
import { settleGroups } from './groups/end-group.ts';
import { settleRuns } from './runs.ts';

/** Draws what follows for whole runs and groups: what ends a group may end runs, and the other way round. */
export function settle(farm: Farm): void {
  settleRuns(farm);
  while (farm.unsettledGroups.size > 0) {
    settleGroups(farm);
    settleRuns(farm);
  }
}
