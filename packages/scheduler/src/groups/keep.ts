import { updateFreeSlots } from '../demands.ts';
import type { Attempt, Builder, Farm } from '../farm.ts';
import { type Capacity, nothing } from './capacity.ts';
import type { Group } from './group.ts';
import { nextKeeper } from './keeper.ts';
import { nearestShares, type Shares, soonestShares } from './kept-seats.ts';
import { mannerOf } from './outlook.ts';

/**
 * Keeps slots free for the first of the groups that have waited for long. Their places are chosen
 * once, so that the builds in them are sure to end some day and the group begins. They are chosen
 * again when builders have changed, or when free slots elsewhere leave fewer to wait for.
 */
export function keepSlots(farm: Farm): void {
  const keeper = nextKeeper(farm);
  if (farm.keeping !== undefined && farm.keeping.group !== keeper) stopKeeping(farm);
  if (keeper !== undefined) keepFor(farm, keeper);
}

function keepFor(farm: Farm, group: Group): void {
  const { keeping, builderVersion, roomVersion } = farm;
  const manner = mannerOf(farm, group);
  if (manner === undefined) return;
  if (keeping?.builderVersion !== builderVersion) {
    const fillers = keeping?.fillers ?? new Set<Attempt>();
    setKeeping(farm, group, fillers, soonestShares(group, manner, fillers));
  } else if (keeping.roomVersion !== roomVersion) {
    setKeeping(farm, group, keeping.fillers, nearestShares(keeping, manner) ?? keeping.shares);
  }
}

function setKeeping(
  farm: Farm,
  group: Group,
  fillers: Set<Attempt>,
  shares: Shares | undefined,
): void {
  stopKeeping(farm);
  if (shares === undefined) return;
  for (const [builder, share] of shares) keep(builder, share);
  const { builderVersion, roomVersion } = farm;
  farm.keeping = { group, shares, fillers, builderVersion, roomVersion };
}

/** Stops keeping slots free. */
export function stopKeeping(farm: Farm): void {
  const { keeping } = farm;
  if (keeping === undefined) return;
  farm.keeping = undefined;
  farm.roomVersion += 1;
  for (const builder of keeping.shares.keys()) keep(builder, nothing);
}

function keep(builder: Builder, share: Capacity): void {
  builder.kept = share;
  updateFreeSlots(builder);
}
