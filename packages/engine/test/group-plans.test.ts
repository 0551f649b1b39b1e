import { existsSync, readFileSync } from 'node:fs';
import type { RecordedAttempt } from '@dispatch/ledger/group-attempt';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { memberBuilder } from '../../../test/farm/group-builders.ts';
import { explainSubject } from '../src/explain/explain-subject.ts';
import type { Explanation } from '../src/explain/explanation.ts';
import { usualGroupPolicy } from '../src/groups/group-policy.ts';
import { poisonCost } from '../src/poison/poison-cost.ts';
import { HubDerivations } from '../src/read/hub-derivations.ts';
import { resolveSubject } from '../src/resolve/resolve-subject.ts';
import { deleteEverywhere } from './delete-paths.ts';
import { FarmWorld, instantiate, machinesOf, outputOf } from './farm-world.ts';
import { attemptsIn, outputsOf, statesIn } from './group-outcomes.ts';
import { groupOf } from './group-recipes.ts';
import { onceAt } from './once-at.ts';
import { plant } from './plant.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: ['one', 'two'].map((name) => memberBuilder({ name })),
    hub: { settings: { 'system-features': 'dispatch-group' } },
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

const scripts = { one: 'echo one > $out', two: 'echo two > $out' };

const marksOf = (all: readonly RecordedAttempt[]): string[] =>
  all.map(({ mark }) => (mark === 'first' ? 'first' : 'random'));

it('what was committed is served while its outputs last, and made anew as a whole when one is gone', async () => {
  const [join] = await instantiate(farm, groupOf('served', scripts), 'join');
  const first = await world.run([join!]);
  expect(first.outcome).toBe('succeeded');
  await deleteEverywhere(farm, outputsOf(first, 'served'));
  const second = await world.run([join!]);
  expect(second.outcome).toBe('succeeded');
  expect(second.steps.map(({ name }) => name)).toEqual(['served']);

  await deleteEverywhere(farm, outputsOf(first, 'served'));
  await deleteEverywhere(farm, outputsOf(first, 'served-one'));
  const third = await world.run([join!]);
  expect(third.outcome).toBe('succeeded');
  expect(third.steps.map(({ name }) => name).toSorted()).toEqual([
    'served',
    'served-one',
    'served-two',
  ]);
  expect(outputsOf(third, 'served-two')).not.toEqual(outputsOf(first, 'served-two'));
  expect(marksOf(await attemptsIn(world))).toEqual(['first', 'random']);
  expect(await statesIn(world)).toEqual(['committed', 'committed']);
});

it('what was committed and is no longer what it was is made anew', async () => {
  const [join] = await instantiate(farm, groupOf('altered', scripts), 'join');
  const first = await world.run([join!]);
  await deleteEverywhere(farm, outputsOf(first, 'altered'));
  for (const { daemon, name } of farm.builders) {
    const [path] = outputsOf(first, 'altered-one');
    if (existsSync(daemon.realPath(path!))) await plant(world.store(name), path!, 'something else');
  }
  const second = await world.run([join!]);
  expect(second.outcome).toBe('succeeded');
  expect(marksOf(await attemptsIn(world))).toEqual(['first', 'random']);
});

it('what another attempt left on a machine is not joined with what counts, and has all made anew', async () => {
  // The join goes to the machine of the large output.
  const sized = {
    large: 'sleep 1; head -c 3000000 /dev/zero > $out',
    small: 'sleep 1; echo fine > $out',
  };
  const [join] = await instantiate(farm, groupOf('mixed', sized), 'join');
  const groups = { mixed: { ...usualGroupPolicy, hosts: 'distinct' as const } };
  const planting: Promise<void>[] = [];
  const onEvent = onceAt('group-started', () => {
    const [large, small] = world.eventsOf('group-reserved')[0]!.places;
    const { steps } = world.eventsOf('planned')[0]!;
    const [output] = steps.find(({ rewritten }) => rewritten === small!.step)!.outputs;
    const { name } = farm.builders.find(({ uri }) => uri === large!.builder)!;
    planting.push(plant(world.store(name), output!.rewritten!, 'stale'));
  });
  const report = await world.run([join!], { groups, onEvent });
  await Promise.all(planting);
  const { path } = report.roots[0]!.paths[0]!;
  expect(readFileSync(farm.hub.daemon.realPath(path), 'utf8').slice(-5)).toBe('fine\n');
  expect(world.eventsOf('attempt-lost')[0]!.reason).toContain(
    'than that of the attempt that counts',
  );
  expect(marksOf(await attemptsIn(world))).toEqual(['first']);

  await deleteEverywhere(farm, [path]);
  expect(await world.run([join!], { groups })).toMatchObject({ outcome: 'succeeded' });
  expect(marksOf(await attemptsIn(world))).toEqual(['first', 'random']);
});

it.each(['builder', 'hub'])(
  'remains in a %s of what no ledger knows are passed by on new paths',
  async (where) => {
    const [join] = await instantiate(farm, groupOf(`remains-${where}`, scripts), 'join');
    // In another ledger nothing that the first one committed counts.
    await using other = await FarmWorld.open(farm);
    const [path] = outputsOf(await other.plan([join!]), '-one');
    await plant(where === 'hub' ? world.hub : world.store('one'), path!, 'remains');
    const report = await world.run([join!]);
    expect(report.outcome).toBe('succeeded');
    expect(marksOf(await attemptsIn(world))).toEqual(['random']);
    expect(outputsOf(report, `remains-${where}-one`)).not.toEqual([path]);
  },
);

it('a trial is on paths of its own, and changes nothing for others', async () => {
  const [join] = await instantiate(farm, groupOf('trial', scripts), 'join');
  expect((await world.run([join!], { isTrial: true })).outcome).toBe('succeeded');
  const report = await world.run([join!]);
  expect(report.outcome).toBe('succeeded');
  expect((await attemptsIn(world)).map(({ isTrial }) => isTrial)).toEqual([true, false]);
  expect(marksOf(await attemptsIn(world))).toEqual(['random', 'first']);
});

function member(name: string, role: string): string {
  return `${name} = shell "variants-${name}" "echo ${name} > $out" {
    dispatchGroup = "variants"; dispatchRole = "${role}"; dispatchGroupSize = 2;
    requiredSystemFeatures = [ "dispatch-group" ];
  };`;
}

function joining(name: string, ...members: readonly string[]): string {
  const outputs = members.map((one) => `$${one}`).join(' ');
  return `${name} = shell "${name}" "cat ${outputs} > $out" {
    dispatchJoin = "variants"; inherit ${members.join(' ')};
  };`;
}

it('two variants of one group that share a member, and two joins of the same members, in one run', async () => {
  const [old, recent, report] = await instantiate(
    farm,
    `${member('board', 'board')} ${member('v1', 'client')} ${member('v2', 'client')}
     ${joining('old', 'board', 'v1')} ${joining('recent', 'board', 'v2')}
     ${joining('report', 'v2', 'board')}`,
    'old',
    'recent',
    'report',
  );
  const done = await world.run([old!, recent!, report!]);
  expect(done.outcome).toBe('succeeded');
  const [planned] = world.eventsOf('planned');
  expect(planned!.groups).toHaveLength(2);
  expect(done.steps.map(({ name }) => name).toSorted()).toEqual([
    'old',
    'recent',
    'report',
    'variants-board',
    'variants-board',
    'variants-v1',
    'variants-v2',
  ]);
  expect(world.eventsOf('group-ended').map(({ outcome }) => outcome)).toEqual([
    'committed',
    'committed',
  ]);
});

it('a group stands on the join of another', async () => {
  const upper = `upper = shell "nested-upper" "cat $join > $out" {
    dispatchGroup = "nested-upper"; dispatchRole = "upper"; dispatchGroupSize = 1;
    requiredSystemFeatures = [ "dispatch-group" ]; inherit join;
  };
  top = shell "nested-top" "cat $upper > $out" { dispatchJoin = "nested-upper"; inherit upper; };`;
  const [top] = await instantiate(farm, `${groupOf('nested', scripts)} ${upper}`, 'top');
  expect((await world.run([top!])).outcome).toBe('succeeded');
  expect(world.eventsOf('group-ended').map(({ outcome }) => outcome)).toEqual([
    'committed',
    'committed',
  ]);
  expect(await world.run([top!])).toMatchObject({ outcome: 'succeeded', steps: [] });
});

it('a member is not built for itself', async () => {
  const [one] = await instantiate(farm, groupOf('lonely', scripts), 'one');
  await expect(world.run([one!])).rejects.toMatchObject({
    code: 'bad-group',
    message: expect.stringContaining('name the derivation that joins them'),
  });
});

it('a group that the machines could never hold, or its policy does not allow, begins nothing', async () => {
  const [join, other] = await instantiate(
    farm,
    `${groupOf('unfit', { ...scripts, three: 'echo three > $out' })}
     other = shell "other" "echo > $out" {};`,
    'join',
    'other',
  );
  const groups = { unfit: { ...usualGroupPolicy, hosts: 'distinct' as const } };
  const report = await world.run([join!, other!], { groups });
  expect(report.outcome).toBe('failed');
  expect([...report.results.values()].filter(({ type }) => type === 'group-unfit')).toHaveLength(3);
  expect((await world.plan([join!, other!], groups)).groups).toMatchObject([
    { name: 'unfit', misfit: { type: 'places' } },
  ]);

  const role = { count: 2, optional: false, hosts: 'any', resources: [] } as const;
  const counted = { unfit: { ...usualGroupPolicy, roles: { one: role } } };
  await expect(world.run([join!, other!], { groups: counted })).rejects.toMatchObject({
    code: 'group-refused',
  });
  expect(world.eventsOf('step-started')).toEqual([]);
});

it('is explained: what a member is, which attempt made a form in hand, and what is built now', async () => {
  const recipe = `${groupOf('told', scripts)} above = shell "above" "cat $join > $out" { inherit join; };`;
  const [above, one] = await instantiate(farm, recipe, 'above', 'one');
  const explain = async (path: StorePath): Promise<Explanation> => {
    const { hub, ledger } = world;
    const source = new HubDerivations(hub, farm.hub.daemon.root);
    return explainSubject(await resolveSubject(path, path, { hub, source, ledger }), ledger);
  };
  const part = { name: 'told', chain: ['above', 'told', expect.stringMatching(/^told-/)] };
  expect(await explain(above!)).toMatchObject({
    member: undefined,
    groups: [],
    groupsNow: [{ ...part, state: 'first' }],
  });
  expect(await explain(one!)).toMatchObject({
    member: { group: 'told', role: 'one' },
    now: undefined,
    groups: [],
  });

  const report = await world.run([above!]);
  const [{ id }] = (await attemptsIn(world)) as [RecordedAttempt];
  expect(await explain(outputsOf(report, 'above')[0]!)).toMatchObject({
    original: { drvPath: above },
    inHand: { drvPath: report.roots[0]!.path },
    now: { drvPath: report.roots[0]!.path },
    groups: [{ ...part, id }],
    groupsNow: [{ ...part, id, state: 'committed' }],
  });
  const made = report.steps.find(({ name }) => name === 'told-one')!;
  expect(await explain(made.rewritten)).toMatchObject({
    original: { drvPath: one },
    groups: [{ name: 'told', id, chain: ['told-one'] }],
  });
});

it('is explained as tried in vain where no path of the next attempt is known', async () => {
  const [join] = await instantiate(
    farm,
    groupOf('vain', { one: 'echo > $out', bad: 'exit 1' }),
    'join',
  );
  expect((await world.run([join!])).outcome).toBe('failed');
  const { hub, ledger } = world;
  const source = new HubDerivations(hub, farm.hub.daemon.root);
  const subject = await resolveSubject(join!, join!, { hub, source, ledger });
  expect(await explainSubject(subject, ledger)).toMatchObject({
    now: undefined,
    groupsNow: [{ name: 'vain', state: 'again' }],
  });
});

it('a run that comes when a member has ended in the hub takes part, and finds out what else it needs', async () => {
  const recipe = `input = shell "input" "echo input > $out" {};
    ${groupOf('here', { quick: 'cat $input > $out', slow: 'sleep 3; cat $input > $out' }, 'inherit input;')}`;
  const [join] = await instantiate(farm, recipe, 'join');
  const [line] = machinesOf('x - - 2 1 dispatch-group').map(({ machine }) => machine);
  const hub = { machine: { ...line!, uri: world.hub.name }, store: world.hub };
  world.builders = [hub];
  world.share();
  const first = world.run([join!]);
  const quick = (): StorePath | undefined =>
    world
      .eventsOf('planned')
      .flatMap(({ steps }) => steps)
      .find(({ name }) => name === 'here-quick')?.outputs[0]!.rewritten;
  await expect
    .poll(() => existsSync(farm.hub.daemon.realPath(quick() ?? 'none')), { timeout: 10_000 })
    .toBe(true);
  const second = await world.run([join!]);
  expect([(await first).outcome, second.outcome]).toEqual(['succeeded', 'succeeded']);
  expect(second.steps.map(({ name }) => name).toSorted()).toEqual([
    'here',
    'here-quick',
    'here-slow',
  ]);
  expect(await statesIn(world)).toEqual(['committed']);
});

it('poison below one member costs all of them, and what stands on them', async () => {
  const recipe = `input = shell "cost-input" "echo input > $out" {};
    ${groupOf('cost', { one: 'cat $input > $out', two: 'echo two > $out' })}`;
  const withInput = recipe.replace('dispatchRole = "one";', 'dispatchRole = "one"; inherit input;');
  const [join, input] = await instantiate(farm, withInput, 'join', 'input');
  const identity = { drvPath: input!, outputPaths: [await outputOf(farm, input!)] };
  const { ledger } = world;
  const source = new HubDerivations(world.hub, farm.hub.daemon.root);
  const cost = await poisonCost([{ identity, serial: 1 }], [join!], { source, ledger });
  expect(cost.derivations.map(({ name }) => name).toSorted()).toEqual([
    'cost',
    'cost-input',
    'cost-one',
    'cost-two',
  ]);
});
