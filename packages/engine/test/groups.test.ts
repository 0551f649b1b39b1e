import { existsSync, readFileSync } from 'node:fs';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { memberBuilder } from '../../../test/farm/group-builders.ts';
import { usualGroupPolicy } from '../src/groups/group-policy.ts';
import { FarmWorld, instantiate, outputOf } from './farm-world.ts';
import { attemptsIn, memberOutputsIn } from './group-outcomes.ts';
import { groupOf, meet } from './group-recipes.ts';
import { onceAt } from './once-at.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: ['one', 'two', 'three'].map((name) => memberBuilder({ name })),
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

const isInHub = (path: StorePath): boolean => existsSync(farm.hub.daemon.realPath(path));

const resultTypes = (results: ReadonlyMap<StorePath, { readonly type: string }>): string[] =>
  [...results.values()].map(({ type }) => type).toSorted();

it('members start together and count by one commit record; asked for again they are served', async () => {
  const recipe = groupOf('green', {
    client: 'echo i am client; sleep 1; echo client > $out',
    server: 'echo i am server; echo server > $out',
    board: 'echo i am board; echo board > $out',
  });
  const [join] = await instantiate(farm, recipe, 'join');
  const report = await world.run([join!]);
  expect(report.outcome).toBe('succeeded');
  const { path } = report.roots[0]!.paths[0]!;
  expect(readFileSync(farm.hub.daemon.realPath(path), 'utf8')).toBe('board\nclient\nserver\n');
  const [reserved] = world.eventsOf('group-reserved');
  expect(reserved!.places.map(({ member }) => member)).toEqual(['board', 'client', 'server']);
  expect(new Set(reserved!.places.map(({ builder }) => builder)).size).toBe(3);
  const told = world.events.flatMap((event) => {
    if (event.type === 'step-ended') return [event.name];
    return event.type.startsWith('group-') && event.type !== 'group-call' ? [event.type] : [];
  });
  const groupEvents = ['group-reserved', 'group-started', 'group-committing', 'group-ended'];
  expect(told.slice(0, 4)).toEqual(groupEvents);
  expect(told.slice(4, 7).toSorted()).toEqual(['green-board', 'green-client', 'green-server']);
  expect(told.slice(7)).toEqual(['green']);
  expect(await attemptsIn(world)).toMatchObject([
    { mark: 'first', state: 'committed', run: report.run },
  ]);
  const [outputs] = memberOutputsIn(world);
  expect([...(await world.ledger.built.find(outputs!)).keys()].toSorted()).toEqual(
    outputs!.toSorted(),
  );

  expect(await world.run([join!])).toMatchObject({ outcome: 'succeeded', steps: [] });
});

it('a member that fails ends the others; nothing of it counts, and the next attempt is all new', async () => {
  const recipe = groupOf('red', {
    quick: 'echo quick > $out',
    slow: 'sleep 60; echo slow > $out',
    bad: 'sleep 1; echo it breaks; exit 3',
  });
  const [join] = await instantiate(farm, recipe, 'join');
  const before = Date.now();
  const report = await world.run([join!]);
  expect(Date.now() - before).toBeLessThan(30_000);
  expect(report.outcome).toBe('failed');
  const failed = ['dependency-failed', 'failed', 'group-failed', 'group-failed'];
  expect(resultTypes(report.results)).toEqual(failed);
  const [ended] = world.eventsOf('group-ended');
  expect(ended).toMatchObject({ outcome: 'failed', cause: { member: 'bad' } });
  expect(readFileSync(ended!.logFile!, 'utf8')).toMatch(/> bad it breaks/);
  expect(await attemptsIn(world)).toMatchObject([{ state: 'failed' }]);

  await world.run([join!]);
  const [first, second] = memberOutputsIn(world);
  expect([...first!, ...second!].filter(isInHub)).toEqual([]);
  expect(await world.ledger.built.find([...first!, ...second!])).toEqual(new Map());
  expect(new Set([...first!, ...second!]).size).toBe(6);
  expect(await attemptsIn(world)).toMatchObject([{ state: 'failed' }, { state: 'failed' }]);
});

it('poison below one member makes every member new', async () => {
  const recipe = groupOf(
    'below',
    { one: 'cat $input > $out', two: 'echo two > $out' },
    'inherit input;',
  );
  const [join, input] = await instantiate(
    farm,
    `input = shell "input" "echo input > $out" {}; ${recipe}`,
    'join',
    'input',
  );
  expect(await world.run([join!])).toMatchObject({ outcome: 'succeeded' });
  const identity = { drvPath: input!, outputPaths: [await outputOf(farm, input!)] };
  const record = { author: 'somebody', time: Date.now(), reason: 'a bad board' };
  await world.ledger.poison.append({ identity, effect: 'poison', ...record });
  expect(await world.run([join!])).toMatchObject({ outcome: 'succeeded' });
  const [first, second] = memberOutputsIn(world);
  expect(new Set([...first!, ...second!]).size).toBe(4);
});

it('members meet, pass a barrier and hear the verdict', async () => {
  const script = `${meet} hello; call sync/ready -XPOST; call commit -XPOST; echo fine > $out`;
  const recipe = groupOf('met', { one: script, two: `${script}; sleep 1`, three: script });
  const [join] = await instantiate(farm, recipe, 'join');
  const report = await world.run([join!]);
  expect(report.outcome).toBe('succeeded');
  const calls = world.eventsOf('group-call').map(({ member, call }) => `${member} ${call}`);
  expect(calls.toSorted()).toEqual(
    ['one', 'three', 'two'].flatMap((name) =>
      ['commit', 'ended well', 'hello', 'sync'].map((call) => `${name} ${call}`),
    ),
  );
});

it('a member that gives up for all is the cause, and who waits hears of it', async () => {
  const recipe = groupOf('given-up', {
    bad: `${meet} hello; sleep 0.5; call fail -XPOST --data-binary no-board; sleep 60`,
    waiting: `${meet} hello; call sync/ready -XPOST || { echo i heard of it; exit 1; }; echo > $out`,
    deaf: 'sleep 60',
  });
  const [join] = await instantiate(farm, recipe, 'join');
  const groups = { 'given-up': { ...usualGroupPolicy, graceSeconds: 2 } };
  const before = Date.now();
  const report = await world.run([join!], { groups });
  expect(report.outcome).toBe('failed');
  expect(Date.now() - before).toBeLessThan(15_000);
  const [ended] = world.eventsOf('group-ended');
  expect(ended).toMatchObject({ outcome: 'failed', cause: { member: 'bad' } });
  expect(ended!.cause!.reason).toContain('no-board');
  expect(world.eventsOf('step-log').map(({ line }) => line)).toContain('i heard of it');
  const [planned] = world.eventsOf('planned');
  const cause = planned!.groups[0]!.members.find(({ name }) => name === 'bad')!.step;
  expect(report.results.get(cause)?.type).toBe('failed');
});

it.each([
  ['before', 'sleep 1', ''],
  ['after', '', 'sleep 2;'],
])(
  'a member that ends without what another waits for, %s that asks, fails the group',
  async (when, ends, asks) => {
    const recipe = groupOf(`unmet-${when}`, {
      hasty: `${meet} hello; call list; ${ends}; echo > $out`.replace('; ;', ';'),
      waits: `${meet} hello; call list; ${asks} call sync/ready -XPOST; echo > $out`,
    });
    const [join] = await instantiate(farm, recipe, 'join');
    const report = await world.run([join!]);
    expect(report.outcome).toBe('failed');
    expect(world.eventsOf('group-ended')).toMatchObject([
      { outcome: 'failed', cause: { member: 'hasty', reason: expect.stringContaining('ready') } },
    ]);
  },
);

const memberOf = (group: string, role: string): string =>
  `dispatchGroup = "${group}"; dispatchRole = "${role}"; dispatchGroupSize = 2;
   requiredSystemFeatures = [ "dispatch-group" ];`;

it('a member of two joins is built for each of them', async () => {
  const [left, right] = await instantiate(
    farm,
    `both = shell "both" "echo both > $out" { ${memberOf('pair', 'server')} };
     one = shell "one" "echo one > $out" { ${memberOf('pair', 'client')} };
     two = shell "two" "echo two > $out" { ${memberOf('pair', 'client')} };
     left = shell "left" "cat $both $one > $out" { dispatchJoin = "pair"; inherit both one; };
     right = shell "right" "cat $both $two > $out" { dispatchJoin = "pair"; inherit both two; };`,
    'left',
    'right',
  );
  const report = await world.run([left!, right!]);
  expect(report.outcome).toBe('succeeded');
  expect(report.steps.map(({ name }) => name).toSorted()).toEqual([
    'both',
    'both',
    'left',
    'one',
    'right',
    'two',
  ]);
  expect(world.eventsOf('group-ended').map(({ outcome }) => outcome)).toEqual([
    'committed',
    'committed',
  ]);
});

it('a group stands on what another was joined to: it is built after that, and is new when that is', async () => {
  const [join] = await instantiate(
    farm,
    `${groupOf('lower', { a: 'echo a > $out', b: 'echo b > $out' }).replace('join =', 'lower =')}
     c = shell "c" "cat $lower > $out" { ${memberOf('upper', 'c')} inherit lower; };
     d = shell "d" "echo d > $out" { ${memberOf('upper', 'd')} };
     join = shell "upper" "cat $c $d > $out" { dispatchJoin = "upper"; inherit c d; };`,
    'join',
  );
  const report = await world.run([join!]);
  const { path } = report.roots[0]!.paths[0]!;
  expect(readFileSync(farm.hub.daemon.realPath(path), 'utf8')).toBe('a\nb\nd\n');
  const ended = world.eventsOf('group-ended').map(({ group }) => group);
  const names = world.eventsOf('planned')[0]!.groups;
  expect(ended.map((group) => names.find((one) => one.group === group)!.name)).toEqual([
    'lower',
    'upper',
  ]);
});

it('what was built at the end of a round is there in the next', async () => {
  const script = 'echo begins; sleep 2; echo > $out';
  const recipe = `slow = shell "slow" "sleep 5; echo > $out" {};
    above = shell "above" "cat $slow $join > $out" { inherit slow join; };
    ${groupOf('round', { one: script, two: script })}`;
  const [above] = await instantiate(farm, recipe, 'above');
  const works: Promise<void>[] = [];
  const onEvent = onceAt('step-log', () => {
    const { places } = world.eventsOf('group-reserved')[0]!;
    const builder = farm.builders.find(({ uri }) => uri === places[0]!.builder)!;
    works.push(builder.crash().then(() => builder.start()));
  });
  const report = await world.run([above!], { keepGoing: true, onEvent });
  await Promise.all(works);
  expect(report.outcome).toBe('succeeded');
  const again = world.eventsOf('planned')[1]!.steps.map(({ name }) => name);
  expect(again.toSorted()).toEqual(['above', 'round', 'round-one', 'round-two']);
});
