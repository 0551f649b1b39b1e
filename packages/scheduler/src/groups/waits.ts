import type { GroupId, WatchId } from '../event.ts';
import type { Farm } from '../farm.ts';
import { endGroup } from './end-group.ts';

/** Handles a timer of a group that is still in line: it gets slots kept free, or gives up. */
export function endWait(farm: Farm, id: GroupId, watch: WatchId): void {
  const group = farm.groups.get(id);
  if (group?.phase.type !== 'in-line') return;
  const { queueMs } = group;
  if (watch === group.watches.age) group.hasAged = true;
  if (watch !== group.watches.queue || queueMs === undefined) return;
  endGroup(farm, group, {
    cause: undefined,
    result: { type: 'group-timeout', group: id, queueMs },
  });
}
