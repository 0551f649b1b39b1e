import { SchedulerError } from '../errors.ts';
import type { GroupId, GroupRequest, SchedulerEvent, StepId, StepRequest } from '../event.ts';
import type { Farm } from '../farm.ts';
import { isMember } from './group.ts';

type RunAdded = Extract<SchedulerEvent, { type: 'run-added' }>;
type Requests = ReadonlyMap<StepId, StepRequest>;

/** Throws `bad-group` for invalid groups. */
export function checkGroups(farm: Farm, { steps, groups = [] }: RunAdded): void {
  const requests = new Map(
    groups.length === 0 ? [] : steps.map((request) => [request.id, request]),
  );
  const groupOf = new Map<StepId, GroupId>();
  for (const group of groups) {
    checkMembers(group, requests, groupOf);
    checkTerms(group);
  }
  checkShared(farm, steps, groupOf);
}

function checkMembers(
  { id, members }: GroupRequest,
  requests: Requests,
  groupOf: Map<StepId, GroupId>,
): void {
  if (members.length === 0) throw badGroup(id, 'has no members');
  for (const { step } of members) {
    const request = requests.get(step);
    if (request === undefined)
      throw badGroup(id, `has the member '${step}', which is no step of its run`);
    if (groupOf.has(step))
      throw badGroup(id, `has the member '${step}' twice, or shares it with another group`);
    groupOf.set(step, id);
  }
}

function checkTerms({ id, members, apart, together, queueMs }: GroupRequest): void {
  const steps = new Set(members.map(({ step }) => step));
  const stranger = [...apart, ...together].flat().find((step) => !steps.has(step));
  if (stranger !== undefined)
    throw badGroup(id, `says where '${stranger}' is to run, which is no member`);
  if (queueMs === undefined || (queueMs >= 0 && queueMs < Infinity)) return;
  throw badGroup(id, `is to wait ${queueMs} ms, which is no duration`);
}

/** A step that is a member for one run must be a member of the same group for all. */
function checkShared(
  farm: Farm,
  steps: readonly StepRequest[],
  groupOf: ReadonlyMap<StepId, GroupId>,
): void {
  if (farm.groups.size === 0 && groupOf.size === 0) return;
  for (const { id } of steps) {
    const known = farm.steps.get(id);
    if (known === undefined || known.phase.type === 'ended') continue;
    const isStopped = known.runs.length === 0;
    const group = isMember(known) ? known.group?.id : undefined;
    if (isStopped || group === groupOf.get(id)) continue;
    throw badGroup(group ?? id, `has the member '${id}' for one run and not for another`);
  }
}

function badGroup(subject: StepId, fault: string): SchedulerError {
  return new SchedulerError('bad-group', subject, `'${subject}' ${fault}`);
}
