import { parseStorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { deleteFrom } from './delete-paths.ts';
import { FarmWorld, instantiate, machinesOf, outputOf, resultOf } from './farm-world.ts';
import { plant } from './plant.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'liar', features: ['liar'] },
      { name: 'victim', features: ['victim'] },
      { name: 'good' },
    ],
  });
  world = await FarmWorld.open(farm);
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

const stranger = parseStorePath('/nix/store/00000000000000000000000000000000-planted');

it('a path that nobody but the builder knows comes no further than it, into no store', async () => {
  const liar = world.store('liar');
  const [drv, after] = await instantiate(
    farm,
    `a = shell "carrier" "echo a > $out" {};
     b = shell "reader" "cat $a > $out" { inherit a; requiredSystemFeatures = [ "victim" ]; };`,
    'a',
    'b',
  );
  const output = await outputOf(farm, drv!);
  await plant(liar, stranger, 'evil');
  await plant(liar, output, 'looks good', [stranger]);
  const refusal = `'${stranger}' is not copied from ${liar.name}: nothing else vouches for it`;
  expect(await world.run([drv!])).toMatchObject({
    outcome: 'failed',
    uncollected: [{ path: output, reason: expect.stringContaining(refusal) }],
  });
  const report = await world.run([after!]);
  expect(report.outcome).toBe('failed');
  expect(world.eventsOf('attempt-lost').at(-1)?.reason).toContain(refusal);
  for (const store of [world.hub, world.store('victim')]) {
    expect((await store.validPaths([stranger])).size).toBe(0);
  }
});

it('a source that the hub knows otherwise is refused', async () => {
  const source = await farm.hub.run('sh', [
    '-c',
    'echo honest > "$0"/honest; nix-store --add "$0"/honest',
    farm.folder,
  ]);
  const path = parseStorePath(source.stdout.trim());
  const [drv] = await instantiate(
    farm,
    'a = shell "with-source" "echo a > $out" { requiredSystemFeatures = [ "liar" ]; };',
    'a',
  );
  const liar = world.store('liar');
  const output = await outputOf(farm, drv!);
  await plant(liar, path, 'forged');
  await plant(liar, output, 'a', [path]);
  const [reader] = await instantiate(
    farm,
    `a = shell "with-source" "echo a > $out" { requiredSystemFeatures = [ "liar" ]; };
     b = shell "reads-source" "cat $a > $out" { inherit a; requiredSystemFeatures = [ "victim" ]; };`,
    'b',
  );
  const report = await world.run([reader!]);
  expect(report.outcome).toBe('failed');
  expect(world.eventsOf('attempt-lost').at(-1)?.reason).toContain(path);
});

it('an output that the hub has already is what the hub says it is', async () => {
  const recipes = `a = shell "known" "echo good > $out" { };
     b = shell "refers" "echo $a > $out" { inherit a; requiredSystemFeatures = [ "liar" ]; };
     c = shell "reads" "cat $(cat $b) > $out" { inherit b; requiredSystemFeatures = [ "victim" ]; };`;
  const [a, c] = await instantiate(farm, recipes, 'a', 'c');
  const [path] = await farm.hub.realise(a!);
  await plant(world.store('liar'), parseStorePath(path!), 'forged');
  const report = await world.run([c!]);
  const out = await farm.hub.run('cat', [
    farm.hub.daemon.realPath(report.roots[0]!.paths[0]!.path),
  ]);
  expect(out.stdout).toBe('good\n');
});

it('an output that a builder was never given counts for nothing, whoever planted it there', async () => {
  const [drv] = await instantiate(farm, 'a = shell "ungiven" "echo good > $out" {};', 'a');
  const output = await outputOf(farm, drv!);
  await plant(world.store('liar'), output, 'evil');
  const [liar, , honest] = world.builders;
  world.builders = [{ ...liar!, machine: { ...liar!.machine, speedFactor: 0.001 } }, honest!];
  const report = await world.run([drv!]);
  expect(report).toMatchObject({ outcome: 'succeeded', present: 0 });
  expect(await resultOf(farm, drv!)).toBe('good\n');
});

it('an output that a builder changed since an earlier run built it is built again elsewhere', async () => {
  const recipes = `a = shell "changed" "echo good > $out" {};
     b = shell "wants-changed" "wc -c < $a > $out" { inherit a; };`;
  const [a, b] = await instantiate(farm, recipes, 'a', 'b');
  const machines = machinesOf(farm.machines);
  const [liar] = machines;
  world.builders = [liar!];
  await world.run([b!]);
  const output = await outputOf(farm, a!);
  const { daemon } = farm.builder('liar');
  for (const one of machines) one.store.close();
  await deleteFrom(daemon, farm, [output]);
  const [back] = machinesOf(farm.builder('liar').machineLine);
  await plant(back!.store, output, 'evil');
  world.builders = [
    { ...back!, machine: { ...back!.machine, speedFactor: 0.001 } },
    ...machinesOf(farm.builder('good').machineLine),
  ];
  const report = await world.run([a!]);
  expect(report).toMatchObject({ outcome: 'succeeded', present: 0 });
  expect(await resultOf(farm, a!)).toBe('good\n');
});

it('an output that an earlier run built, and that is as it was, is only copied', async () => {
  const recipes = `a = shell "kept" "echo good > $out" {};
     b = shell "wants-kept" "wc -c < $a > $out" { inherit a; };`;
  const [a, b] = await instantiate(farm, recipes, 'a', 'b');
  world.builders = machinesOf(farm.builder('good').machineLine);
  await world.run([b!]);
  expect((await world.hub.validPaths([await outputOf(farm, a!)])).size).toBe(0);
  expect(await world.run([a!])).toMatchObject({ outcome: 'succeeded', present: 1, steps: [] });
  expect(await resultOf(farm, a!)).toBe('good\n');
});
