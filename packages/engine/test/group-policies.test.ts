import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Builder } from '../../../test/farm/builder.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { memberBuilder } from '../../../test/farm/group-builders.ts';
import type { RunEvent } from '../src/events.ts';
import {
  type GroupPolicy,
  type RolePolicy,
  usualGroupPolicy,
  usualRolePolicy,
} from '../src/groups/group-policy.ts';
import type { RunReport } from '../src/report/run-report.ts';
import { FarmWorld, instantiate } from './farm-world.ts';
import { groupOf } from './group-recipes.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      memberBuilder({ name: 'one', slots: 2 }),
      memberBuilder({ name: 'two', slots: 2 }),
      memberBuilder({ name: 'stranger', slots: 2, features: ['strange'], trusted: false }),
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

function policy(
  more: Partial<GroupPolicy>,
  roles: Record<string, Partial<RolePolicy>> = {},
): GroupPolicy {
  const whole = Object.entries(roles).map(([role, rule]) => [
    role,
    { ...usualRolePolicy, ...rule },
  ]);
  return { ...usualGroupPolicy, roles: Object.fromEntries(whole) as GroupPolicy['roles'], ...more };
}

const scripts = { board: 'echo > $out', client: 'echo > $out' };

async function build(name: string, rules: GroupPolicy, attributes = ''): Promise<RunReport> {
  const [join] = (await instantiate(farm, groupOf(name, scripts, attributes), 'join')) as [
    StorePath,
  ];
  return world.run([join], { groups: { [name]: rules } });
}

/** The builder that each member was on the last time. */
function places(): Record<string, string> {
  const last = world.eventsOf('group-reserved').at(-1);
  return Object.fromEntries(last!.places.map(({ member, builder }) => [member, nameOf(builder)]));
}

function nameOf(builder: string): string {
  return farm.builders.find(({ uri }) => uri === builder)!.name;
}

it('roles go to the machines that their policy names, by name or by tag', async () => {
  const [, two] = farm.builders;
  world.builders = world.builders.map((builder) => ({
    ...builder,
    machine: { ...builder.machine, tags: builder.machine.uri === two!.uri ? [] : ['lab-a'] },
  }));
  const roles = { board: { builders: [two!.uri] }, client: { tags: ['lab-a'] } };
  expect(await build('placed', policy({}, roles))).toMatchObject({ outcome: 'succeeded' });
  expect(places()).toEqual({ board: 'two', client: 'one' });
});

it('members are on different machines, or on one', async () => {
  await build('apart', policy({ hosts: 'distinct' }));
  expect(new Set(Object.values(places())).size).toBe(2);
  await build('together', policy({ hosts: 'same' }));
  expect(new Set(Object.values(places())).size).toBe(1);
});

it('a role takes a resource that only one machine has', async () => {
  const [one] = farm.builders;
  world.builders = world.builders.map((builder) => ({
    ...builder,
    machine: {
      ...builder.machine,
      ...(builder.machine.uri === one!.uri && { resources: { imx8: 1 } }),
    },
  }));
  await build('resources', policy({ hosts: 'distinct' }, { board: { resources: ['imx8'] } }));
  expect(places()).toEqual({ board: 'one', client: 'two' });
});

it.each<[string, Record<string, Partial<RolePolicy>>, RegExp]>([
  ['too few', { board: { count: 2 } }, /of the role 'board' its policy wants 2, and it has 1/],
  ['none', { server: {} }, /of the role 'server' its policy wants at least one/],
])('a group with members of a role that are %s is refused', async (_, roles, reason) => {
  await expect(build('counted', policy({}, roles))).rejects.toThrow(reason);
  expect(world.eventsOf('step-started')).toEqual([]);
});

it('an optional role may be left out', async () => {
  const roles = { server: { optional: true, count: 3 } };
  expect(await build('optional', policy({}, roles))).toMatchObject({ outcome: 'succeeded' });
});

it('what the farm could never hold does not begin', async () => {
  world.builders = world.builders.slice(0, 1);
  const report = await build('unfit', policy({ hosts: 'distinct' }));
  expect([...report.results.values()].map(({ type }) => type).toSorted()).toEqual([
    'dependency-failed',
    'group-unfit',
    'group-unfit',
  ]);
});

it('a group that waits for its places longer than it may comes to nothing, and says so', async () => {
  world.share();
  const recipe = ['a', 'b', 'c', 'd'].map(
    (name) => `${name} = shell "busy-${name}" "sleep 3; echo > $out" {};`,
  );
  const busy = await instantiate(farm, recipe.join('\n'), 'a', 'b', 'c', 'd');
  let report: Promise<RunReport> | undefined;
  const onEvent = ({ type }: RunEvent): void => {
    if (type === 'step-started') report ??= build('waiting', policy({ queueSeconds: 0.5 }));
  };
  await world.run(busy, { onEvent });
  const results = [...(await report!).results.values()].map(({ type }) => type).toSorted();
  expect(results).toEqual(['dependency-failed', 'group-timeout', 'group-timeout']);
});

it('no member goes to a machine that does not trust us; where no other is fit, the group is refused', async () => {
  const stranger = farm.builder('stranger').uri;
  await build('strangers', policy({ hosts: 'distinct' }));
  expect(Object.values(places()).toSorted()).toEqual(['one', 'two']);
  const refused = build('refused', policy({}, { board: { builders: [stranger] } }));
  await expect(refused).rejects.toThrow(/does not trust us/);
});

it('what is not staged in time is given back, and tried elsewhere', async () => {
  const needs = groupOf('late', scripts, 'inherit input;');
  const recipe = `input = shell "input" "echo > $out" {}; ${needs}`;
  const [join] = await instantiate(farm, recipe, 'join');
  let late: Builder | undefined;
  const onEvent = (event: RunEvent): void => {
    if (event.type !== 'group-reserved' || late !== undefined) return;
    late = farm.builders.find(({ uri }) => uri === event.places[0]!.builder);
    for (const pid of late!.running) process.kill(pid, 'SIGSTOP');
  };
  try {
    const groups = { late: policy({ assembleSeconds: 1 }) };
    expect(await world.run([join!], { groups, onEvent })).toMatchObject({ outcome: 'succeeded' });
  } finally {
    for (const pid of late?.running ?? []) process.kill(pid, 'SIGCONT');
  }
  expect(world.eventsOf('attempt-lost')[0]!.reason).toContain('did not arrive within the 1 s');
  expect(world.eventsOf('group-requeued').length).toBeGreaterThan(0);
  expect(Object.values(places())).not.toContain(late!.name);
});
