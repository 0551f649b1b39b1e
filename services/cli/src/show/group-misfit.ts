import type { PlannedGroup } from '@dispatch/engine/events';
import type { StorePath } from '@dispatch/nix/store-path';
import type { GroupMisfit, MemberPlaces } from '@dispatch/scheduler/result';
import { machineName } from './machine-name.ts';
import { type FeaturesByBuilder, refusalTexts } from './obstacles.ts';
import { some } from './quantities.ts';

/** Why the machines could never hold a group, for a person who could change lines or a policy. */
export function misfitTexts(
  misfit: GroupMisfit,
  { members }: Pick<PlannedGroup, 'members'>,
  missing: FeaturesByBuilder,
): string[] {
  const nameOf = (step: StorePath): string =>
    members.find((member) => member.step === step)?.name ?? step;
  if (misfit.type === 'member') {
    const { step, builders, obstacles } = misfit;
    if (builders?.length === 0) return [noneAllowed(nameOf(step))];
    const among = builders === undefined ? 'no machine' : 'none of the machines that it may have';
    return [`${among} takes ${nameOf(step)}:`, ...refusalTexts(obstacles, missing)];
  }
  const { steps, places, hosts } = misfit;
  const where = { any: '', distinct: ', on different machines', same: ', all on one machine' };
  return [
    `${some(steps.map(nameOf))} need ${steps.length} places at once${where[hosts]}:`,
    ...places.map(placesText),
  ];
}

/** For a member to which its policy and trust leave no machine. */
function noneAllowed(member: string): string {
  return (
    `no machine may take ${member}: such a machine must trust you, be among the 'builders' of the role, if ` +
    "a policy names any, and have all 'tags' of the role; machines get tags in farm.toml"
  );
}

function placesText({ builder, count, resource }: MemberPlaces): string {
  const short = resource === undefined ? '' : `, for want of ${resource}`;
  return `${machineName(builder)} has room for ${count} of them${short}`;
}
