import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { makeFarmFolder, removeFarmFolder } from '../../../test/farm/farm-folder.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let folder: string;
let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  folder = makeFarmFolder();
  const settings = { substituters: `file://${join(folder, 'cache')}?trusted=true` };
  farm = await startFarm({ builders: [{ name: 'one', settings, features: ['one'] }] });
  world = await FarmWorld.open(farm);
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
  removeFarmFolder(folder);
});

it.each([true, false])(
  'when builders may substitute (%s), what their cache has does not go through us',
  async (may) => {
    const recipes = `a = shell "in-cache-${may}" "echo a > $out" {};
    b = shell "reader-${may}" "cat $a > $out" { inherit a; requiredSystemFeatures = [ "one" ]; };`;
    const [a, b] = await instantiate(farm, recipes, 'a', 'b');
    const [path] = await farm.hub.realise(a!);
    const copy = ['--extra-experimental-features', 'nix-command', 'copy', '--no-check-sigs'];
    const to = `file://${join(folder, 'cache')}`;
    expect(await farm.hub.run('nix', [...copy, '--to', to, path!])).toMatchObject({ code: 0 });
    world.buildersSubstitute = may;
    expect((await world.run([b!])).outcome).toBe('succeeded');
    const sent = world.eventsOf('copy-progress').filter((event) => event.path === path);
    expect(sent.length > 0).toBe(!may);
  },
);
