import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BuilderOffer, GroupRequest, StepRequest } from '../src/event.ts';
import { groupMisfit } from '../src/groups/misfit.ts';
import { Driver, groupOf, offer, request, stepId } from './driver.ts';
import { ModelGroup, waysToSeat } from './group-model.ts';

interface Case {
  readonly offers: BuilderOffer[];
  readonly members: StepRequest[];
  readonly group: GroupRequest;
}

const names = ['a', 'b', 'c', 'd'] as const;
const builderNames = ['p', 'q', 's'] as const;

const anyOffer = fc.record({
  slots: fc.integer({ min: 1, max: 3 }),
  speedFactor: fc.constantFrom(1, 2),
  systems: fc.constantFrom(['x86_64-linux'], ['x86_64-linux'], ['aarch64-linux', 'x86_64-linux']),
  resources: fc.constantFrom(undefined, { board: 1 }, { board: 2 }, { board: 1, licence: 2 }),
});

const anyMember = fc.record({
  system: fc.constantFrom('x86_64-linux', 'x86_64-linux', 'aarch64-linux'),
  requiredFeatures: fc.constantFrom([], [], ['board'], ['board', 'licence']),
});

const builders = fc.constantFrom(undefined, undefined, ['p'], ['p', 'q'], ['q', 's']);
const bonds = fc.array(fc.subarray([...names].map(stepId), { minLength: 2 }), { maxLength: 2 });

/** Small enough for all ways to be tried. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    offers: fc.tuple(anyOffer, anyOffer, anyOffer),
    members: fc.tuple(anyMember, anyMember, anyMember, anyMember),
    allowed: fc.tuple(builders, builders, builders, builders),
    apart: bonds,
    together: bonds,
  })
  .map(({ count, offers, members, allowed, apart, together }) => {
    const used = names.slice(0, count);
    const ids = new Set(used.map(stepId));
    const within = (sets: typeof apart): typeof apart =>
      sets.map((set) => set.filter((id) => ids.has(id)));
    const group = groupOf('j', used, { apart: within(apart), together: within(together) });
    return {
      offers: offers.map((given, at) => offer(builderNames[at]!, given)),
      members: used.map((name, at) => request(name, members[at])),
      group: {
        ...group,
        members: group.members.map((member, at) => ({ ...member, builders: allowed[at] })),
      },
    };
  });

/** Whether any way at all gives each member a builder. */
function isPossible({ offers, members, group }: Case): boolean {
  const model = new ModelGroup(group);
  const byName = new Map(offers.map((one) => [one.name, one]));
  return [...waysToSeat(model.members, builderNames)].some((places) => {
    const at = (name: string): StepRequest[] => members.filter(({ id }) => places.get(id) === name);
    const holds = builderNames.every((name) => {
      const { slots, systems, resources = {} } = byName.get(name)!;
      const here = at(name);
      const features = here.flatMap(({ requiredFeatures }) => requiredFeatures);
      return (
        here.length <= slots &&
        here.every(({ system }) => systems.includes(system)) &&
        features.every(
          (one) => features.filter((other) => other === one).length <= (resources[one] ?? 0),
        )
      );
    });
    return holds && model.allows(places);
  });
}

describe('the places of a group', () => {
  it('are found if and only if there are any', () => {
    let [possible, impossible] = [0, 0];
    fc.assert(
      fc.property(cases, (given) => {
        const isFit = groupMisfit(given.offers, given.group, given.members) === undefined;
        expect(isFit).toBe(isPossible(given));
        if (isFit) possible += 1;
        else impossible += 1;
      }),
      { numRuns: 2_000 },
    );
    // Both come often enough for this to say something.
    expect(Math.min(possible, impossible)).toBeGreaterThan(100);
  });

  it('are taken at once by a group in an idle farm, and within its terms', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const driver = new Driver();
        driver.builders(...given.offers);
        const join = request('j', { dependencies: given.members.map(({ id }) => id) });
        driver.runGroups('r', [...given.members, join], given.group);
        const start = driver.commands.find(({ type }) => type === 'start-group');
        expect(start !== undefined).toBe(isPossible(given));
        if (start?.type === 'start-group') new ModelGroup(given.group).start(start);
      }),
      { numRuns: 1_000 },
    );
  });
});
