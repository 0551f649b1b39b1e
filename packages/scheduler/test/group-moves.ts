import * as fc from 'fast-check';
import type { GroupRequest, StepId, StepRequest } from '../src/event.ts';
import { groupOf, request, stepId } from './driver.ts';
import type { Move } from './moves.ts';

/** Which of the steps are members and joins, in whichever run: the second group may need the first. */
const casts = [
  { join: 'n5', members: ['n3', 'n4'] },
  { join: 'n13', members: ['n9', 'n11', 'n12'] },
] as const;

interface GroupedSteps {
  readonly steps: StepRequest[];
  readonly groups: GroupRequest[];
}

/** The steps of a run, with none, one or both of the groups in it, on some terms. */
export function grouped(steps: readonly StepRequest[]): fc.Arbitrary<GroupedSteps> {
  return fc
    .record({
      used: fc.subarray([...casts]),
      apart: fc.boolean(),
      together: fc.boolean(),
      queueMs: fc.constantFrom(undefined, 5_000),
      builders: fc.constantFrom(undefined, undefined, undefined, ['p', 'q']),
    })
    .map(({ used, ...terms }) => {
      const groups = used.map(({ join, members }) => groupWith(join, members, terms));
      return { steps: castSteps(steps, groups), groups };
    });
}

interface Terms {
  readonly apart: boolean;
  readonly together: boolean;
  readonly queueMs: number | undefined;
  readonly builders: readonly string[] | undefined;
}

function groupWith(join: string, names: readonly string[], terms: Terms): GroupRequest {
  const [first, second, third] = names.map(stepId);
  const plain = groupOf(join, names, { queueMs: terms.queueMs });
  return {
    ...plain,
    members: plain.members.map((member) => ({ ...member, builders: terms.builders })),
    apart: terms.apart ? [[first!, second!]] : [],
    together: terms.together && third !== undefined ? [[second!, third]] : [],
  };
}

/** Without the members and joins of the groups that are not used, and with joins that depend on their members. */
function castSteps(steps: readonly StepRequest[], groups: readonly GroupRequest[]): StepRequest[] {
  const cast = new Set(casts.flatMap(({ join, members }) => [join, ...members]).map(stepId));
  const members = new Map(groups.map(({ id, members: all }) => [id, all.map(({ step }) => step)]));
  const isUsed = (id: StepId): boolean =>
    !cast.has(id) || members.has(id) || [...members.values()].flat().includes(id);
  const isMember = (id: StepId): boolean => [...members.values()].flat().includes(id);
  const missing = [...cast].filter((id) => isUsed(id) && !steps.some((step) => step.id === id));
  const all = [...steps, ...missing.map((id) => ({ ...request(''), id }))];
  return all
    .filter(({ id }) => isUsed(id))
    .map((step) => {
      const others = step.dependencies.filter((id) => isUsed(id) && !isMember(id));
      const own = members.get(step.id) ?? [];
      const existing = others.filter((id) => all.some((one) => one.id === id));
      return { ...step, dependencies: [...existing, ...own] };
    });
}

/** What is told of groups, whether or not it was asked for. */
export const groupNews: fc.Arbitrary<Move> = fc
  .record({
    cast: fc.constantFrom(...casts),
    what: fc.constantFrom('started', 'started', 'committed', 'committed', 'uncommitted', 'waited'),
    late: fc.nat(3),
  })
  .map(({ cast, what, late }) => (model) => {
    const group = stepId(cast.join);
    switch (what) {
      case 'started':
        return { type: 'group-started', group };
      case 'committed':
        return { type: 'group-committed', group };
      case 'uncommitted':
        return { type: 'group-uncommitted', group, reason: 'disk full' };
      case 'waited':
      default:
        return { type: 'group-waited', group, watch: model.lastWatch - late };
    }
  });
