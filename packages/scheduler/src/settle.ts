import type { Farm } from './farm.ts';
import { settleGroups } from './groups/end-group.ts';
import { settleRuns } from './runs.ts';

/** Settles runs and groups until nothing follows: ended groups may end runs, and vice versa. */
export function settle(farm: Farm): void {
  settleRuns(farm);
  while (farm.unsettledGroups.size > 0) {
    settleGroups(farm);
    settleRuns(farm);
  }
}
