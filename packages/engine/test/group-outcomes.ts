import type { RecordedAttempt } from '@dispatch/ledger/group-attempt';
import type { StorePath } from '@dispatch/nix/store-path';
import type { RunReport } from '../src/report/run-report.ts';
import type { FarmWorld } from './farm-world.ts';

/** The attempts in the ledger of the group that was planned last, the oldest first. */
export async function attemptsIn(world: FarmWorld): Promise<readonly RecordedAttempt[]> {
  const planned = world.eventsOf('planned').flatMap(({ groups }) => groups);
  const { key } = planned.at(-1)!;
  return (await world.ledger.groups.ofKeys([key])).get(key) ?? [];
}

/** How those attempts ended. */
export async function statesIn(world: FarmWorld): Promise<RecordedAttempt['state'][]> {
  return (await attemptsIn(world)).map(({ state }) => state);
}

/** For each plan so far, the output paths of the members that it had to build. */
export function memberOutputsIn(world: FarmWorld): StorePath[][] {
  return world.eventsOf('planned').map(({ groups, steps }) => {
    const members = new Set(groups.flatMap((group) => group.members.map(({ step }) => step)));
    return outputPaths(steps.filter(({ rewritten }) => members.has(rewritten)));
  });
}

/** The output paths of the steps whose names end in one of these ways. */
export function outputsOf(
  { steps }: Pick<RunReport, 'steps'>,
  ...ends: readonly string[]
): StorePath[] {
  return outputPaths(steps.filter(({ name }) => ends.some((end) => name.endsWith(end))));
}

function outputPaths(steps: RunReport['steps']): StorePath[] {
  return steps.flatMap(({ outputs }) => outputs.map(({ rewritten }) => rewritten!));
}
