import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GroupCommit, RecordedAttempt } from '@dispatch/ledger/group-attempt';
import type { StorePath } from '@dispatch/nix/store-path';
import { usualPatience } from '@dispatch/scheduler/patience';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { makeFarmFolder, removeFarmFolder } from '../../../test/farm/farm-folder.ts';
import { memberBuilder } from '../../../test/farm/group-builders.ts';
import { usualGroupPolicy } from '../src/groups/group-policy.ts';
import type { RunReport } from '../src/report/run-report.ts';
import { deleteEverywhere } from './delete-paths.ts';
import { FarmWorld, instantiate } from './farm-world.ts';
import { attemptsIn, outputsOf, statesIn } from './group-outcomes.ts';
import { groupOf } from './group-recipes.ts';
import { offer } from './offer.ts';

const folder = makeFarmFolder();
/** What the builders may fetch, and what the hub may. */
const caches = { builders: join(folder, 'builders'), hub: join(folder, 'hub') };
let farm: Farm;
let world: FarmWorld;

const substituters = (cache: string): string => `file://${cache}?trusted=true`;

beforeAll(async () => {
  const settings = { substituters: substituters(caches.builders) };
  farm = await startFarm({
    builders: [
      memberBuilder({ name: 'one', settings }),
      memberBuilder({ name: 'two', settings }),
      { name: 'three', features: ['above', 'far'], settings },
      memberBuilder({ name: 'stranger', features: ['far'], settings, trusted: false, slots: 9 }),
    ],
    hub: { settings: { substituters: substituters(caches.hub) } },
  });
});
afterAll(async () => {
  await farm?.[Symbol.asyncDispose]();
  removeFarmFolder(folder);
});
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

const scripts = { one: 'echo one > $out', two: 'echo two > $out' };

/** Derivations that read a join on a machine that no member was on, with the members' outputs. */
async function recipe(name: string): Promise<StorePath> {
  const group = groupOf(name, scripts).replace('cat $one', 'echo $one $two > $out; cat $one');
  const above = `above = shell "${name}-above" "tail -n 2 $join > $out" {
    inherit join; requiredSystemFeatures = [ "above" ];
  };`;
  const [path] = await instantiate(
    farm,
    `${group.replace('two > $out"', 'two >> $out"')} ${above}`,
    'above',
  );
  return path!;
}

/** Runs the members on two machines, so that the join has to be brought the output of one. */
function run(root: StorePath, name: string): Promise<RunReport> {
  return world.run([root], { groups: { [name]: { ...usualGroupPolicy, hosts: 'distinct' } } });
}

/** The members' outputs at the first mark, as an attempt with another ledger would leave them. */
async function firstOutputs(root: StorePath): Promise<readonly StorePath[]> {
  await using other = await FarmWorld.open(farm);
  return outputsOf(await other.plan([root]), '-one', '-two');
}

function recordedHashes({ ending }: RecordedAttempt): string[] {
  return (ending as GroupCommit).outputs.map(({ narHash }) => narHash);
}

const textOf = ({ roots }: RunReport): string =>
  readFileSync(farm.hub.daemon.realPath(roots[0]!.paths[0]!.path), 'utf8');

it.each([true, false])(
  'members that the cache of builders offers are built all the same, in one attempt (it is used: %s)',
  async (may) => {
    const name = `offered-${may}`;
    const root = await recipe(name);
    const paths = await firstOutputs(root);
    const offered = new Set(paths.map((path) => offer(caches.builders, path, 'stale')));
    world.buildersSubstitute = may;
    const report = await run(root, name);
    expect(report.outcome).toBe('succeeded');
    expect(textOf(report)).toBe('one\ntwo\n');
    expect(world.eventsOf('attempt-lost')).toEqual([]);
    const all = await attemptsIn(world);
    expect(all).toMatchObject([{ mark: 'first', state: 'committed' }]);
    expect(recordedHashes(all[0]!).filter((hash) => offered.has(hash))).toEqual([]);
  },
);

it('where the hub could fetch members of somebody else, they get new paths and are built, in one attempt', async () => {
  const root = await recipe('elsewhere');
  const theirs = await firstOutputs(root);
  for (const path of theirs) offer(caches.hub, path, 'stale');
  const report = await run(root, 'elsewhere');
  expect(report.outcome).toBe('succeeded');
  expect(textOf(report)).toBe('one\ntwo\n');
  const all = await attemptsIn(world);
  expect(all).toMatchObject([{ mark: expect.not.stringMatching('^first$'), state: 'committed' }]);
  expect(outputsOf(report, '-one', '-two').filter((path) => theirs.includes(path))).toEqual([]);
  expect(report.substitutes).toEqual([]);
});

it('what an attempt that failed has left in caches is no part of the next', async () => {
  const failing = { one: 'echo one > $out', two: 'sleep 1; exit 1' };
  const [root] = await instantiate(farm, groupOf('failed', failing), 'join');
  const first = await run(root!, 'failed');
  const left = outputsOf(first, '-one', '-two');
  for (const cache of Object.values(caches)) for (const path of left) offer(cache, path, 'stale');
  const second = await run(root!, 'failed');
  expect(second.outcome).toBe('failed');
  expect(outputsOf(second, '-one', '-two').filter((path) => left.includes(path))).toEqual([]);
  expect(await statesIn(world)).toEqual(['failed', 'failed']);
});

it('what was committed is served from where it was built, and not from caches: gone there, all is made anew', async () => {
  const root = await recipe('served');
  const first = await run(root, 'served');
  await deleteEverywhere(farm, outputsOf(first, 'served-above', 'served'));
  for (const path of outputsOf(first, '-one', '-two')) offer(caches.hub, path, 'stale');
  const second = await run(root, 'served');
  expect(second.steps.map(({ name }) => name)).toEqual(['served', 'served-above']);
  expect(textOf(second)).toBe('one\ntwo\n');
  expect(second.substitutes).toEqual([]);

  await deleteEverywhere(farm, outputsOf(first, '-above', 'served', '-one', '-two').toReversed());
  const third = await run(root, 'served');
  expect(textOf(third)).toBe('one\ntwo\n');
  expect(third.steps).toHaveLength(4);
  expect(await statesIn(world)).toEqual(['committed', 'committed']);
});

it('what stands on members is not left to a builder that would build them itself, or fetch them', async () => {
  const [root] = await instantiate(
    farm,
    `${groupOf('strange', scripts)}
     above = shell "strange-above" "cat $join > $out" {
       inherit join; requiredSystemFeatures = [ "far" ];
     };`,
    'above',
  );
  for (const path of await firstOutputs(root!)) offer(caches.builders, path, 'stale');
  const { builders } = world;
  const uriOf = (name: string): string => farm.builder(name).uri;
  world.patience = { ...usualPatience, maximumFaults: 1 };
  world.builders = builders.filter(({ machine }) => machine.uri !== uriOf('three'));
  const report = await run(root!, 'strange');
  expect(report.outcome).toBe('failed');
  expect(world.eventsOf('attempt-lost').map(({ builder }) => builder)).toContain(uriOf('stranger'));
  expect(world.eventsOf('attempt-lost')[0]!.reason).toContain('trusted-users');
  world.builders = builders;
  expect(textOf(await run(root!, 'strange'))).toBe('one\ntwo\n');
});
