import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { userEnvironment } from '../src/coordinator/user-environment.ts';
import { FarmShelf } from '../src/serve/farm-shelf.ts';
import type { Farm } from '../src/world/open-farm.ts';

let home: string;
let shelf: FarmShelf;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  shelf = new FarmShelf();
});

afterEach(() => {
  shelf.close();
  rmSync(home, { recursive: true });
});

/** The farm of somebody with such variables more, and how they give it back. */
async function lent(
  variables: NodeJS.ProcessEnv = {},
): Promise<{ farm: Farm; giveBack: (isTroubled: boolean) => void }> {
  const environment = userEnvironment({
    HOME: home,
    PATH: '/nowhere',
    NIX_CONF_DIR: home,
    ...variables,
  });
  return lendOf('ssh-ng://far x86_64-linux', environment);
}

function lendOf(
  builders: string,
  environment: Record<string, string>,
): ReturnType<FarmShelf['lend']> {
  return shelf.lend({ store: 'unix:///nowhere', builders, folder: home, environment });
}

test('who is in a nix-shell shares the farm with who is not', async () => {
  const { farm } = await lent();
  const shell = {
    IN_NIX_SHELL: 'impure',
    LC_ALL: 'C',
    NIX_BUILD_CORES: '2',
    NIX_BUILD_TOP: '/tmp/nix-shell.1',
    NIX_CFLAGS_COMPILE: '-frandom-seed=x',
    NIX_STORE: '/nix/store',
    PATH: `${home}:/nowhere`,
    SHELL: '/nowhere/bash',
    TMPDIR: '/tmp/nix-shell.1',
  };
  expect((await lent(shell)).farm).toBe(farm);
  expect(shelf.builders).toEqual(['unix:///nowhere', 'ssh-ng://far']);
});

test('of a nix-shell, its folder for files that do not last is not passed on; one of the user is', () => {
  const own = { NIX_BUILD_TOP: '/tmp/nix-shell.1', TMPDIR: '/tmp/nix-shell.1', LANG: 'C' };
  expect(userEnvironment(own)).toEqual({ LANG: 'C' });
  expect(userEnvironment({ ...own, TMPDIR: '/big' })).toEqual({ LANG: 'C', TMPDIR: '/big' });
  expect(userEnvironment({ TMPDIR: '/big' })).toEqual({ TMPDIR: '/big' });
});

test('who names the same machines in another order shares the farm', async () => {
  const environment = { HOME: home, PATH: '/nowhere', NIX_CONF_DIR: home };
  const lines = ['ssh-ng://near - - 2', 'ssh-ng://far - - 4'];
  const { farm } = await lendOf(lines.join(';'), environment);
  expect((await lendOf(lines.toReversed().join(';'), environment)).farm).toBe(farm);
  expect((await lendOf(`${lines.join(';')}0`, environment)).farm).not.toBe(farm);
});

test.each([
  'HOME',
  'NIX_REMOTE',
  'https_proxy',
  'NO_PROXY',
  'NIX_SSHOPTS',
  'SSH_AUTH_SOCK',
  'XDG_CONFIG_HOME',
])('who has another %s has a farm of their own', async (name) => {
  const { farm } = await lent();
  expect((await lent({ [name]: join(home, 'else') })).farm).not.toBe(farm);
});

test('who has another ssh has a farm of their own', async () => {
  const { farm } = await lent();
  writeFileSync(join(home, 'ssh'), '');
  expect((await lent({ PATH: `${home}:/nowhere` })).farm).not.toBe(farm);
});

test('a farm is kept for a while, and closed when nobody has used it for so long', async () => {
  shelf = new FarmShelf(300);
  const first = await lent();
  const other = await lent();
  first.giveBack(false);
  await sleep(400);
  const third = await lent();
  expect(third.farm).toBe(first.farm);
  other.giveBack(false);
  third.giveBack(false);
  const fourth = await lent();
  expect(fourth.farm).toBe(first.farm);
  fourth.giveBack(false);
  await expect.poll(() => shelf.builders, { timeout: 5000 }).toEqual([]);
  expect((await lent()).farm).not.toBe(first.farm);
});

test('a farm that gave trouble is closed as soon as nobody uses it', async () => {
  const [first, other] = [await lent(), await lent()];
  first.giveBack(true);
  expect(shelf.builders).not.toEqual([]);
  other.giveBack(false);
  expect(shelf.builders).toEqual([]);
});
