import type { Builder, Farm } from '../farm.ts';
import { takesWork } from '../load.ts';
import { eligibleFor, seekingOf } from './candidates.ts';
import { wholeCapacity } from './capacity.ts';
import { findSeats } from './find-seats.ts';
import type { Group, Manner } from './group.ts';

/**
 * How the builders at work could hold the group if they were idle; undefined when they could not.
 */
export function mannerOf(farm: Farm, group: Group): Manner | undefined {
  const { builderVersion } = farm;
  if (group.outlook?.version !== builderVersion) {
    group.outlook = { version: builderVersion, manner: findManner(group) };
  }
  return group.outlook.manner;
}

const manners: readonly Manner[] = ['strict', 'lax'];

function findManner(group: Group): Manner | undefined {
  return manners.find((manner) => couldHold(group, manner, takesWork));
}

/** Whether the builders that `accepts` chooses could hold the group if they were idle. */
export function couldHold(
  group: Group,
  manner: Manner,
  accepts: (builder: Builder) => boolean,
): boolean {
  const { seeking } = seekingOf(
    group,
    (member) => eligibleFor(member, manner).filter(accepts),
    (builder) => {
      const whole = wholeCapacity(builder, manner);
      return { now: whole, later: whole };
    },
  );
  return findSeats(seeking, 0) !== undefined;
}

/** The groups in line that need builders which take no work at present. */
export function* starvedGroups(farm: Farm): Iterable<Group> {
  if (farm.groupLines.size === 0) return;
  for (const group of farm.groups.values()) {
    if (group.phase.type === 'in-line' && mannerOf(farm, group) === undefined) yield group;
  }
}

/** The builders that could run a member of the group, and take no work. */
export function missedBy({ members }: Group): ReadonlySet<Builder> {
  const eligible = members.flatMap((member) => eligibleFor(member, 'lax'));
  return new Set(eligible.filter((builder) => !takesWork(builder)));
}
