import type { GroupEnded, PlannedMember } from '@dispatch/engine/events';
import type { MemberEnding } from '@dispatch/ledger/group-attempt';
import type { StorePath } from '@dispatch/nix/store-path';
import type { LoggedGroup } from '../build/run-tally.ts';

/** An attempt of a group, as part of a run's object; what is not known is null. */
export interface GroupJson {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly mark: string;
  /** The path of the join. */
  readonly drvPath: StorePath;
  /** Null when it did not end by itself. */
  readonly outcome: GroupEnded['outcome'] | null;
  readonly cause: { readonly member: string | null; readonly reason: string } | null;
  /** Unix milliseconds. */
  readonly startedAt: number | null;
  readonly durationMs: number | null;
  readonly logFile: string | null;
  readonly members: readonly MemberJson[];
}

interface MemberJson {
  readonly name: string;
  readonly role: string;
  readonly drvPath: StorePath;
  readonly builder: string | null;
  readonly outcome: MemberEnding['outcome'] | null;
  readonly durationMs: number | null;
}

/** An attempt, from what a run's events said of it. */
export function groupJson(group: LoggedGroup): GroupJson {
  const { id, key, name, mark, join: drvPath, members } = group.planned;
  const { ended } = group;
  const cause = ended?.cause;
  return {
    id,
    key,
    name,
    mark,
    drvPath,
    outcome: ended?.outcome ?? null,
    cause: cause === undefined ? null : { member: cause.member ?? null, reason: cause.reason },
    startedAt: ended?.startedAt ?? null,
    durationMs: ended?.durationMs ?? null,
    logFile: ended?.logFile ?? null,
    members: members.map((member) => memberJson(member, group)),
  };
}

function memberJson(
  { name, role, step: drvPath }: PlannedMember,
  { places, ended }: LoggedGroup,
): MemberJson {
  const ending = ended?.members.find((one) => one.name === name);
  return {
    name,
    role,
    drvPath,
    builder: places.find(({ member }) => member === name)?.builder ?? null,
    outcome: ending?.outcome ?? null,
    durationMs: ending?.durationMs ?? null,
  };
}
