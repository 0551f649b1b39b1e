import type { StorePath } from '@dispatch/nix/store-path';
import type { GroupRequest, StepRequest } from '@dispatch/scheduler/event';
import { expect, it } from 'vitest';
import { candidates, forecast } from '../src/plan/forecast.ts';

function builder(name: string, slots: number, features: string[] = [], fault?: string) {
  const offer = {
    name,
    systems: ['x86_64-linux'],
    slots,
    speedFactor: 1,
    supportedFeatures: features,
    mandatoryFeatures: [],
  };
  return { offer, fault };
}

function step(
  id: string,
  weight: number | undefined,
  needs: Partial<StepRequest> = {},
): StepRequest {
  return {
    id: id as StorePath,
    system: 'x86_64-linux',
    requiredFeatures: [],
    dependencies: [],
    weight,
    ...needs,
  };
}

function after(...ids: string[]): Partial<StepRequest> {
  return { dependencies: ids as StorePath[] };
}

it('tells how long the builds take on so many slots, one after the other where they must', () => {
  const steps = [step('a', 10), step('b', 30), step('c', 20, after('a', 'b')), step('d', 40)];
  const expected = { unknown: 0, refused: new Map(), misfits: new Map() };
  expect(forecast([builder('one', 1)], steps)).toEqual({ durationMs: 100, ...expected });
  expect(forecast([builder('one', 3)], steps)).toEqual({ durationMs: 50, ...expected });
  const two = [builder('one', 1), builder('two', 1)];
  expect(forecast(two, steps)).toEqual({ durationMs: 60, ...expected });
});

it('takes what nobody remembers for average, and says nothing when nothing is remembered', () => {
  const steps = [step('a', 10), step('b', 30, after('a')), step('c', undefined, after('b'))];
  expect(forecast([builder('one', 1)], steps)).toMatchObject({ durationMs: 60, unknown: 1 });
  expect(forecast([builder('one', 1)], [step('a', undefined)])).toMatchObject({
    durationMs: undefined,
    unknown: 1,
  });
  expect(forecast([], [])).toMatchObject({ durationMs: undefined, unknown: 0 });
});

it('names what no builder takes and why, goes on with the rest, and waits for nobody', () => {
  const kvm = step('guest', 5, { requiredFeatures: ['kvm'] });
  const steps = [kvm, step('above', 5, after('guest')), step('other', 7)];
  const farm = [builder('plain', 1), builder('able', 1, ['kvm'], 'it is switched off')];
  const { durationMs, refused } = forecast(farm, steps);
  expect(durationMs).toBe(7);
  expect([...refused]).toEqual([
    [
      'guest',
      [
        { builder: 'plain', obstacles: [{ type: 'missing-features', features: ['kvm'] }] },
        { builder: 'able', obstacles: [expect.objectContaining({ type: 'down' })] },
      ],
    ],
  ]);
  expect(candidates(farm, kvm)).toEqual([]);
  expect(candidates([...farm, builder('well', 2, ['kvm'])], kvm)).toEqual(['well']);
  expect(candidates([...farm, builder('idle', 0)], step('other', 1))).toEqual(['plain']);
});

it('names what only drained builders could do, and gives them nothing', () => {
  const kvm = step('guest', 5, { requiredFeatures: ['kvm'] });
  const steps = [kvm, step('above', 5, after('guest')), step('other', 7)];
  const farm = [builder('plain', 1), { ...builder('able', 9, ['kvm']), isDrained: true }];
  const { durationMs, refused } = forecast(farm, steps);
  expect(durationMs).toBe(7);
  expect([...refused]).toEqual([
    [
      'guest',
      [
        { builder: 'plain', obstacles: [{ type: 'missing-features', features: ['kvm'] }] },
        { builder: 'able', obstacles: [{ type: 'draining' }] },
      ],
    ],
  ]);
  expect(candidates(farm, steps[2])).toEqual(['plain']);
});

function groupOf(members: Readonly<Record<string, string[] | undefined>>): GroupRequest {
  const requests = Object.entries(members).map(([name, builders]) => ({
    step: name as StorePath,
    builders,
  }));
  const id = requests[0]!.step;
  return { id, members: requests, apart: [], together: [], queueMs: undefined };
}

it('begins the members of a group together, and what joins them once all are over', () => {
  const steps = [
    step('other', 40),
    step('board', 10),
    step('client', 30),
    step('join', 5, after('board', 'client')),
  ];
  const group = groupOf({ board: undefined, client: undefined });
  const two = [builder('one', 1), builder('two', 1)];
  expect(forecast(two, steps.slice(1), [group]).durationMs).toBe(35);
  // Either the group waits for the other step, to have both places at once, or that waits for both members.
  expect([75, 50]).toContain(forecast(two, steps, [group]).durationMs);
});

it('names groups that the builders could not hold at once, and what joins them waits for nobody', () => {
  const steps = [step('board', 10), step('client', 30), step('join', 5, after('board', 'client'))];
  const group = groupOf({ board: undefined, client: undefined });
  const crowded = forecast([builder('one', 1)], [...steps, step('other', 7)], [group]);
  expect([...crowded.misfits]).toEqual([['board', expect.objectContaining({ type: 'places' })]]);
  expect(crowded.durationMs).toBe(7);
  const elsewhere = groupOf({ board: ['three'], client: undefined });
  const { misfits } = forecast([builder('one', 1), builder('two', 1)], steps, [elsewhere]);
  expect([...misfits]).toEqual([
    ['board', expect.objectContaining({ type: 'member', step: 'board', builders: ['three'] })],
  ]);
});

it('gives members only to the builders that they may have', () => {
  const farm = [builder('one', 1), builder('two', 1)];
  expect(candidates(farm, step('board', 1), ['two', 'three'])).toEqual(['two']);
});
