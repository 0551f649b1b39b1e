import { join } from 'node:path';
import { openLedger } from '@dispatch/ledger/open-ledger';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { SmallDisk } from '../../../test/small-disk.ts';
import type { StepEnded } from '../src/events.ts';
import { collectGarbage, FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({
    builders: [{ name: 'one', slots: 2 }],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

it('a run is found again after its process ended, with what was built where, and what it took', async () => {
  const [drv] = await instantiate(
    farm,
    `a = shell "kept-a" "echo says; echo a > $out" {};
     b = shell "kept-b" "echo $a > $out; exit 3" { inherit a; };`,
    'b',
  );
  const url = `lmdb:${join(farm.folder, 'ledger')}`;
  let id = '';
  {
    await using world = await FarmWorld.open(farm, await openLedger(url));
    id = (await world.run([drv!])).run;
  }
  const ledger = await openLedger(url);
  const record = await ledger.runs.get(id);
  await ledger.close();
  expect(record).toMatchObject({ state: 'failed', roots: [{ original: drv, rewritten: drv }] });
  const { uri } = farm.builder('one');
  expect(record?.steps).toMatchObject([
    { name: 'kept-a', status: 'built', builder: uri, logFile: expect.stringContaining(id) },
    { name: 'kept-b', status: 'failed', builder: uri, durationMs: expect.any(Number) },
  ]);
});

it('what turned out to be there leaves no word of how long it takes', async () => {
  const recipe = 'a = shell "twice" "sleep 0.5; echo a > $out" {};';
  const ends: (StepEnded | undefined)[] = [];
  for (const _ of ['built', 'there']) {
    const [drv] = await instantiate(farm, recipe, 'a');
    {
      // A world whose ledger knows of no other run.
      await using world = await FarmWorld.open(farm);
      await world.run([drv!]);
      ends.push(...world.eventsOf('step-ended'));
    }
    collectGarbage(farm, farm.hub.daemon);
  }
  expect(ends[0]?.durationMs).toBeGreaterThan(499);
  expect(ends[1]).toMatchObject({ result: { type: 'succeeded' }, durationMs: undefined });
});

it('a plan says what waits for what, and how long a step of that name took the last time', async () => {
  await using world = await FarmWorld.open(farm);
  const worlds = ['one', 'two'].map(
    (mark) => `below = shell "foreseen" "sleep 0.1; echo ${mark} > $out" {};
     above = shell "above-${mark}" "cat $below > $out" { inherit below; };`,
  );
  for (const text of worlds) await world.run(await instantiate(farm, text, 'above'));
  const [first, second] = world.eventsOf('planned').map(({ steps }) => steps);
  expect(first?.map(({ expectedMs }) => expectedMs)).toEqual([undefined, undefined]);
  const [below, above] = second!;
  expect(below).toMatchObject({ name: 'foreseen', dependencies: [] });
  expect(below!.expectedMs).toBeGreaterThan(99);
  expect(above).toMatchObject({ dependencies: [below!.rewritten], expectedMs: undefined });
});

it('a full state disk costs the record, is told of once, and no build', async () => {
  using disk = new SmallDisk(join(farm.folder, 'small-disk'), '4m');
  const names = Array.from({ length: 40 }, (_, at) => `s${at}`);
  const recipes = names.map((name) => `${name} = shell "${name}" "echo ${name}; echo > $out" {};`);
  const roots = await instantiate(farm, recipes.join('\n'), ...names);
  const ledger = await openLedger(`lmdb:${join(disk.folder, 'ledger')}`);
  await using world = await FarmWorld.open(farm, ledger);
  disk.fill();
  const report = await world.run(roots);
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('record-unwritable')).toHaveLength(1);
});

it('a hub that does not trust us is found out before anything is built', async () => {
  const strict = await startFarm({ builders: [{ name: 'one' }], hub: { trusted: false } });
  try {
    const [drv] = await instantiate(strict, 'a = shell "untrusted" "echo a > $out" {};', 'a');
    await using world = await FarmWorld.open(strict);
    await expect(world.run([drv!])).rejects.toMatchObject({
      code: 'hub-not-trusted',
      message: expect.stringMatching(/trusted-users = root .*nix\.conf/),
    });
    expect(world.events).toEqual([]);
  } finally {
    await strict[Symbol.asyncDispose]();
  }
});
