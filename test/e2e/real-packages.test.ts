import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { newestNix, nixVersions } from '../farm/installed-nix.ts';
import { Dispatch } from './dispatch.ts';
import type { BuildAnswer } from './poison-world.ts';
import { missingSources, runFromHub, withCompiler, writeWorld } from './real-packages-world.ts';

const wanted = ['-A', 'tools', '-A', 'checked'] as const;
const packages = [
  'bzip2-1.0.8',
  'libpng-1.6.39',
  'lua-5.4.4',
  'lua-cjson-2.1.0',
  'minizip-1.1',
  'pbzip2-1.1.13',
  'pngcrush-1.8.13',
  'xxhash-0.8.1',
  'zlib-1.2.13',
];

const compiling = (nix: string) => ({ nix, ssh: true, slots: 2, settings: withCompiler(nix) });

let missing = '';
let farm: Farm;
let dispatch: Dispatch;
let world: string;

beforeAll(async () => {
  const [oldest] = nixVersions();
  missing = await missingSources();
  farm = await startFarm({
    builders: [
      { name: 'one', ...compiling(oldest ?? '') },
      { name: 'two', ...compiling(newestNix()) },
      { name: 'stock', slots: 2, settings: withCompiler() },
    ],
  });
  dispatch = new Dispatch(farm);
  world = writeWorld(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

/** Builds on the two builders behind SSH. */
async function build(): Promise<BuildAnswer> {
  const machines = ['one', 'two'].map((name) => farm.builder(name).machineLine).join(';');
  const built = await dispatch.build(['-f', world, ...wanted, '--json'], machines);
  if (built.code !== 0) throw new Error(`exit ${built.code}: ${built.stderr}`);
  return JSON.parse(built.stdout) as BuildAnswer;
}

/** Builds with plain Nix, in a store of its own. */
async function buildWithNix(): Promise<string[]> {
  const { confDir, localUri } = farm.builder('stock').daemon;
  const nixBuild = ['nix-build', '--no-out-link', '--store', localUri, world, ...wanted];
  const { code, stdout, stderr } = await farm.hub.run('env', [
    `NIX_CONF_DIR=${confDir}`,
    ...nixBuild,
  ]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim().split('\n');
}

/** The closure of the paths, with the hash of each NAR. */
async function hashesOf(store: string, paths: readonly string[]): Promise<string[]> {
  const query = ['--store', store, '--query'];
  const closure = await farm.hub.run('nix-store', [...query, '--requisites', ...paths]);
  const all = closure.stdout.trim().split('\n').toSorted();
  const hashes = await farm.hub.run('nix-store', [...query, '--hash', ...all]);
  const lines = hashes.stdout.trim().split('\n');
  return all.map((path, index) => `${path} ${lines[index]}`);
}

function outputsOf({ roots }: BuildAnswer): string[] {
  return roots.map(({ outputs }) => outputs['out']!);
}

function namesOf(answer: BuildAnswer, status: string): string[] {
  const steps = answer.steps.filter((step) => step.status === status);
  return steps.map(({ name }) => name).toSorted();
}

function nameIn(hashLine: string): string {
  return hashLine.split(' ')[0]!.slice('/nix/store/'.length + 33);
}

/**
 * Skips the test where the sources are missing and cannot be fetched for want of a network; in CI it fails
 * instead.
 */
function needSources(context: TestContext): void {
  if (missing === '') return;
  const why = `${missing}; run infra/real-packages/fetch.sh where Debian's mirror can be reached`;
  if (process.env['CI'] === undefined) context.skip(why);
  throw new Error(why);
}

let first: BuildAnswer;

test('C libraries and programs on two builders: what plain nix-build makes of them, byte for byte', async (context) => {
  needSources(context);
  first = await build();
  expect(namesOf(first, 'built')).toEqual(
    expect.arrayContaining(['checked', 'tools', ...packages]),
  );
  const outputs = outputsOf(first);
  expect(outputs).toEqual(await buildWithNix());
  const ours = await hashesOf(farm.hub.storeUri, outputs);
  expect(ours).toEqual(await hashesOf(farm.builder('stock').daemon.storeUri, outputs));
  expect(ours.length).toBeGreaterThan(packages.length);
}, 240_000);

test('the programs run from the hub with the libraries that came along', async (context) => {
  needSources(context);
  const [tools] = outputsOf(first);
  const script = 'print(require("cjson").encode({ answer = 42 }))';
  expect(await runFromHub(farm, `${tools}/bin/lua`, script)).toEqual({
    code: 0,
    stdout: '{"answer":42}\n',
    stderr: '',
  });
});

test('a poisoned library: only what links it, and what needs that, gets new paths', async (context) => {
  needSources(context);
  const drv = (await farm.hub.run('nix-instantiate', [world, '-A', 'libpng'])).stdout.trim();
  const poisoned = await dispatch.run(['poison', '--yes', '--reason', 'a bad core', drv]);
  expect(poisoned).toMatchObject({ code: 0 });
  const second = await build();
  expect(namesOf(second, 'built')).toEqual([
    'checked',
    'libpng-1.6.39',
    'pngcrush-1.8.13',
    'tools',
  ]);
  expect(outputsOf(second)).not.toEqual(outputsOf(first));
  const before = await hashesOf(farm.hub.storeUri, outputsOf(first));
  const after = await hashesOf(farm.hub.storeUri, outputsOf(second));
  expect(
    after
      .filter((line) => before.includes(line))
      .map(nameIn)
      .toSorted(),
  ).toEqual(packages.filter((name) => !/^(libpng|pngcrush)/.test(name)));
}, 120_000);
