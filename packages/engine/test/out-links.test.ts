import { mkdirSync, mkdtempSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;
let roots: StorePath[];
let folder: string;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one' }] });
  world = await FarmWorld.open(farm);
  roots = await instantiate(
    farm,
    `a = shell "linked" "echo a > $out; echo d > $dev" { outputs = [ "out" "dev" ]; };
     b = shell "second" "echo b > $out; echo m > $man" { outputs = [ "man" "out" ]; };`,
    'a',
    'b',
  );
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  folder = mkdtempSync(join(farm.folder, 'links-'));
});

const link = (name: string): string => join(folder, name);

it('links are named as nix-build names them, replace old ones, and keep what they point at', async () => {
  symlinkSync('/nowhere', link('result'));
  const { links } = await world.run(roots, { outLink: link('result') });
  expect(links.map((one) => one.link.slice(folder.length + 1)).toSorted()).toEqual([
    'result',
    'result-2',
    'result-2-man',
    'result-dev',
  ]);
  for (const one of links) {
    expect(readlinkSync(one.link)).toBe(one.path);
    const { stdout } = await farm.hub.run('nix-store', ['-q', '--roots', one.path]);
    expect(stdout).toContain(one.link);
  }
});

it.each([
  ['a file', (path: string) => writeFileSync(path, 'precious'), /result-dev is in the way/],
  ['a folder', (path: string) => mkdirSync(path), /result-dev is in the way/],
])(
  '%s in the place of a link is left there, and said before anything is built',
  async (_, put, said) => {
    put(link('result-dev'));
    const before = world.events.length;
    const running = world.run(roots, { outLink: link('result') });
    await expect(running).rejects.toMatchObject({
      code: 'out-link',
      message: expect.stringMatching(said),
    });
    expect(world.events.slice(before).map(({ type }) => type)).not.toContain('planned');
  },
);

it.each(['missing/result', 'file/result'])(
  'no link can be made at %s: said before anything is built',
  async (name) => {
    writeFileSync(link('file'), '');
    const before = world.events.length;
    const running = world.run(roots, { outLink: link(name) });
    await expect(running).rejects.toMatchObject({
      code: 'out-link',
      message: expect.stringContaining('--out-link'),
    });
    expect(world.events.slice(before).map(({ type }) => type)).not.toContain('planned');
  },
);
