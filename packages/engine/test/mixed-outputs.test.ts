import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseStorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { deleteFrom } from './delete-paths.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({
    builders: ['one', 'two', 'three'].map((name) => ({ name, features: [name] })),
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

it('what is left of an earlier build with another result does not stand in the way of a new one', async () => {
  const random = 'od -An -N8 -tx8 /dev/urandom';
  const [first, both] = await instantiate(
    farm,
    `m = shell "halves" "${random} > $out; ${random} > $dev" { outputs = [ "out" "dev" ]; };
     first = shell "first" "wc -c $a > $out" { a = m.out; requiredSystemFeatures = [ "one" ]; };
     both = shell "both" "wc -c $a $b > $out" { a = m.out; b = m.dev; requiredSystemFeatures = [ "three" ]; };`,
    'first',
    'both',
  );
  await using world = await FarmWorld.open(farm);
  const [one, two, three] = world.builders;
  world.builders = [one!];
  expect((await world.run([first!])).outcome).toBe('succeeded');
  await deleteAt('one', 'halves-dev');
  // The half that is left on the first builder is found; another builder builds the whole again.
  const idle = { ...one!, machine: { ...one!.machine, speedFactor: 0.001 } };
  world.builders = [idle, two!, three!];
  const report = await world.run([both!]);
  expect(world.eventsOf('attempt-lost')).toEqual([]);
  expect(report.outcome).toBe('succeeded');
});

async function deleteAt(builder: string, name: string): Promise<void> {
  const { daemon } = farm.builder(builder);
  const entries = readdirSync(join(daemon.root, 'nix/store'));
  const entry = entries.find((one) => one.endsWith(`-${name}`));
  await deleteFrom(daemon, farm, [parseStorePath(`/nix/store/${entry}`)]);
}
