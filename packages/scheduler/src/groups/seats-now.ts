import type { Builder, Farm } from '../farm.ts';
import { freeFor, seekingOf } from './candidates.ts';
import { freeCapacity, nothing } from './capacity.ts';
import { findSeats } from './find-seats.ts';
import type { Group } from './group.ts';
import { mannerOf } from './outlook.ts';

/** A builder for each member, such that all could start at once; undefined when there are none. */
export function seatsNow(
  farm: Farm,
  group: Group,
  mayUseKept: boolean,
): readonly Builder[] | undefined {
  const manner = mannerOf(farm, group);
  if (manner === undefined) return undefined;
  const keepers = mayUseKept ? [...(farm.keeping?.shares.keys() ?? [])] : [];
  const { seeking, builders } = seekingOf(
    group,
    (member) => freeFor(member, group, manner, keepers),
    (builder) => {
      const now = freeCapacity(builder, manner, mayUseKept ? nothing : builder.kept);
      return { now, later: now };
    },
  );
  return findSeats(seeking, 0)?.places.flatMap((place) => builders[place] ?? []);
}
