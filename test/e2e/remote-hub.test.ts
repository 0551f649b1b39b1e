import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let drv: string;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'near' }, { name: 'far', ssh: true }] });
  dispatch = new Dispatch(farm);
  const file = writeRecipes(farm, 'a = shell "a" "echo a > $out" {};');
  drv = (await farm.hub.run('nix-instantiate', [file, '-A', 'a'])).stdout.trim();
  await farm.hub.run('nix-copy-closure', ['--to', 'far', drv]);
});

afterAll(() => farm?.[Symbol.asyncDispose]());

/** Builds with results going to the far machine. */
function build(...flags: string[]) {
  const machines = farm.builder('near').machineLine;
  return dispatch.run(['build', '--store', 'ssh-ng://far', '--builders', machines, drv, ...flags]);
}

test('results that go to another machine have no links here, and are valid there', async () => {
  const { code, stdout, stderr } = await build();
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const root = farm.builder('far').daemon.root;
  expect(existsSync(root + stdout.trim())).toBe(true);
  expect(existsSync(join(dispatch.folder, 'result'))).toBe(false);
});

test('a link here that is asked for by name is refused, before anything is built', async () => {
  const { code, stdout, stderr } = await build('--out-link', 'mine');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^dispatch: no link \S+\/work\/mine is made: the results are on another machine/,
  );
});
