import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let machines = '';

beforeAll(async () => {
  farm = await startFarm({
    builders: [{ name: 'far', ssh: true }, { name: 'near' }, { name: 'stock' }],
  });
  dispatch = new Dispatch(farm);
  machines = ['far', 'near'].map((name) => farm.builder(name).machineLine).join(';');
});

afterAll(() => farm[Symbol.asyncDispose]());

function build(...args: string[]): ReturnType<Dispatch['run']> {
  return dispatch.build(args, machines);
}

/** The store paths in a store, garbage or not. */
async function contentOf(store: string): Promise<string[]> {
  const lists = ['--print-dead', '--print-live'].map((list) =>
    farm.hub.run('nix-store', ['--store', store, '--gc', list]),
  );
  const lines = (await Promise.all(lists)).flatMap(({ stdout }) => stdout.split('\n'));
  return lines.filter((path) => path.startsWith('/nix/store/'));
}

async function hashOf(store: string, path: string): Promise<string> {
  const { stdout } = await farm.hub.run('nix-store', ['--store', store, '-q', '--hash', path]);
  return stdout.trim();
}

test('a chain and a diamond on two builders: what stock Nix makes, and no more than that in the hub', async () => {
  const file = writeRecipes(
    farm,
    `bottom = shell "bottom" "echo bottom > $out" {};
     left = shell "left" "sleep 0.3; cat $bottom > $out; echo left >> $out" { inherit bottom; };
     right = shell "right" "sleep 0.3; cat $bottom > $out; echo right >> $out" { inherit bottom; };
     top = shell "top" "mkdir $out; cat $left $right > $out/both; ln -s $right $out/right" { inherit left right; };
     last = shell "last" "cat $top/both > $out; echo last >> $out" { inherit top; };`,
  );
  const built = await build('-f', file, '-A', 'top', '-A', 'last');
  expect(built).toMatchObject({ code: 0 });
  expect(built.stderr).toMatch(/^5 to build$/m);
  expect(built.stderr).toMatch(/building left on/);
  for (const name of ['far', 'near']) {
    expect(built.stderr).toContain(`on ${farm.builder(name).uri}`);
  }

  const stock = farm.builder('stock').daemon.storeUri;
  const expected = await farm.hub.run('nix-build', [
    '--store',
    stock,
    '--no-out-link',
    file,
    '-A',
    'top',
    '-A',
    'last',
  ]);
  expect(built.stdout).toBe(expected.stdout);
  for (const path of built.stdout.trim().split('\n')) {
    expect(await hashOf(farm.hub.storeUri, path)).toBe(await hashOf(stock, path));
  }
  const arrived = (await contentOf(farm.hub.storeUri)).filter((path) => !path.endsWith('.drv'));
  const names = arrived.map((path) => path.slice('/nix/store/'.length + 33)).toSorted();
  expect(names).toEqual(['last', 'right', 'top']);
});

test('a second run builds and copies nothing', async () => {
  const file = writeRecipes(farm, 'once = shell "once" "echo once > $out" {};');
  const first = await build('-f', file, '-A', 'once');
  const second = await build('-f', file, '-A', 'once');
  expect(second).toEqual({
    code: 0,
    stdout: first.stdout,
    stderr: 'everything is there already\n',
  });
});

test('what only a builder has is copied and not built', async () => {
  const file = writeRecipes(
    farm,
    `inner = shell "inner" "echo inner > $out" {};
     outer = shell "outer" "cat $inner > $out" { inherit inner; };`,
  );
  await build('-f', file, '-A', 'outer');
  const { stderr } = await build('-f', file, '-A', 'inner');
  expect(stderr).toMatch(/^1 found on builders\ncopied .*-inner from /);
});

test('of several outputs those that were asked for arrive, whichever way they were named', async () => {
  const file = writeRecipes(
    farm,
    `lib = shell "lib" "echo o > $out; echo d > $dev; echo m > $man" { outputs = [ "out" "dev" "man" ]; };
     use = shell "use" "cat $dev > $out" { inherit (lib) dev; };`,
  );
  const lib = await instantiate(farm, file, 'lib');
  const dev = await build('-f', file, '-A', 'lib.dev', '-A', 'use');
  expect(dev.stdout).toMatch(/^\/nix\/store\/\w{32}-lib-dev\n\/nix\/store\/\w{32}-use\n$/);
  const missing = join(farm.hub.daemon.root, dev.stdout.split('\n')[0]!.replace(/-dev$/, '-man'));
  expect(existsSync(missing)).toBe(false);
  expect((await build(`${lib}!man`)).stdout).toMatch(/-lib-man\n$/);
  expect((await build(`${lib}^dev,man`)).stdout.match(/-lib-(dev|man)\n/g)).toHaveLength(2);
  expect((await build(lib)).stdout.match(/\n/g)).toHaveLength(3);
  const none = await build(`${lib}!nonsense`);
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toMatch(/has no output 'nonsense'; it has dev, man, out/);
});

test('links are made, and are roots of the hub', async () => {
  const file = writeRecipes(
    farm,
    `one = shell "one" "echo 1 > $out; echo d > $dev" { outputs = [ "out" "dev" ]; };
     two = shell "two" "echo 2 > $out" {};`,
  );
  const words = ['build', '-f', file, '-A', 'one', '-A', 'one.dev', '-A', 'two', '-o', 'made'];
  const { code, stderr, stdout } = await dispatch.run([...words, '--builders', machines]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const links = ['made', 'made-dev', 'made-2'].map((name) => join(dispatch.folder, name));
  expect(links.map((link) => readlinkSync(link))).toEqual(stdout.trim().split('\n'));
  const roots = await farm.hub.run('nix-store', ['--gc', '--print-roots']);
  const told = roots.stdout.replaceAll('"', ''); // newer Nix quotes them
  for (const link of links) expect(told).toContain(`${link} -> ${readlinkSync(link)}`);
});

test('--json tells all of it in one object', async () => {
  const file = writeRecipes(
    farm,
    `inside = shell "inside" "echo inside > $out" {};
     told = shell "told" "cat $inside > $out" { inherit inside; };`,
  );
  const { stdout } = await build('-f', file, '-A', 'told', '--json');
  const told: unknown = JSON.parse(stdout);
  const builder = expect.stringMatching(/^(ssh-ng|unix):/);
  const step = (name: string) => ({
    name,
    drvPath: expect.stringContaining(`-${name}.drv`),
    original: expect.stringContaining(`-${name}.drv`),
    system: expect.any(String),
    outputs: { out: expect.stringMatching(/^\/nix\/store\//) },
    status: 'built',
    buildStatus: null,
    builder,
    durationMs: expect.any(Number),
    logFile: expect.stringContaining(`-${name}.drv`),
    message: null,
  });
  expect(told).toEqual({
    run: expect.stringMatching(/^\d{8}T\d{6}-[0-9a-f]{8}$/),
    outcome: 'succeeded',
    roots: [
      {
        given: expect.stringContaining('-told.drv'),
        original: expect.stringContaining('-told.drv'),
        drvPath: expect.stringContaining('-told.drv'),
        outputs: { out: expect.stringMatching(/-told$/) },
      },
    ],
    poisoned: [],
    steps: [step('inside'), step('told')],
    groups: [],
    uncollected: [],
    substitutes: [],
    links: [],
  });
  const { steps } = told as { steps: { logFile: string }[] };
  expect(readFileSync(steps[0]!.logFile, 'utf8')).toBe('inside: at work\n');
});

test('the local daemon alone, which is what happens without any builder', async () => {
  const file = writeRecipes(
    farm,
    `deep = shell "deep" "echo deep > $out" {};
     here = shell "here" "cat $deep > $out; echo here" { inherit deep; };`,
  );
  const drvPath = await instantiate(farm, file, 'here');
  const { code, stdout, stderr } = await dispatch.run(['build', drvPath, '--no-link', '-L']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toMatch(/^\/nix\/store\/\w{32}-here\n$/);
  expect(stderr).toContain(`[2/2] building here on unix://${farm.hub.socket}\n`);
  expect(stderr).toContain('here> here: at work\nhere> here\n');
});
