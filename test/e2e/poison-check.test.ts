import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { type BuildAnswer, type PoisonAnswer, PoisonWorld } from './poison-world.ts';

let farm: Farm;
let world: PoisonWorld;
let old: BuildAnswer;
let fresh: BuildAnswer;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'elsewhere' }] });
  world = new PoisonWorld(farm);
  old = await world.build('all', 'old');
  await world.json(['poison', '-f', world.file, '-A', 'base', '--reason', 'a bad \t disk']);
  fresh = await world.build('all', 'fresh');
});

afterAll(() => farm[Symbol.asyncDispose]());

interface CheckAnswer {
  readonly results: readonly {
    readonly given: string;
    readonly verdict: string;
    readonly derivations: number;
    readonly poisoned: readonly { readonly name: string; readonly chain: { name: string }[] }[];
    readonly unproven: readonly { readonly name: string; readonly serial: number }[];
    readonly unchecked: readonly { readonly path: string }[];
  }[];
}

function check(code: number, ...words: readonly string[]): Promise<CheckAnswer> {
  return world.json<CheckAnswer>(['check', ...words], code);
}

test('the old result is poisoned, although it refers to nothing of what is: exit code 3', async () => {
  const path = old.roots[0]!.outputs['out']!;
  const closure = await farm.hub.run('nix-store', ['-qR', path]);
  expect(closure.stdout).not.toContain('-base');
  const { results } = await check(3, './old');
  expect(results).toMatchObject([
    { given: './old', verdict: 'poisoned', unchecked: [], unproven: [] },
  ]);
  const [base] = results[0]!.poisoned;
  expect(base).toMatchObject({ name: 'base', carried: 0, serial: 1 });
  expect(base!.chain.map(({ name }) => name)).toEqual(['all', 'left', 'base']);
});

test('for people: who, when, why, and the way down to it', async () => {
  const { code, stdout } = await world.run('check', './old', './fresh');
  expect(code).toBe(3);
  expect(stdout.split('\n')).toEqual([
    './old: POISONED: 1 derivation that it was built from',
    '  base was used without a serial, and has serial 1 now; Ann <ann@example.org> (unproven), just now: a bad   disk',
    '    all -> left -> base',
    './fresh: valid (7 derivations looked at)',
    '',
  ]);
});

test('the new result, a file in it and its .drv path are valid: exit code 0', async () => {
  const { results } = await check(0, './fresh', './fresh/left/file', fresh.roots[0]!.drvPath);
  expect(results.map(({ verdict }) => verdict)).toEqual(['valid', 'valid', 'valid']);
});

test('a serial that the ledger does not know is shown, and no fault', async () => {
  const mine = world.otherPerson('Ben <ben@example.org>');
  const { code, stdout } = await world.dispatch.run(['check', './fresh'], { env: mine });
  expect(code).toBe(0);
  expect(stdout).toContain('base carries serial 1, which this ledger does not know');
});

test('what lies beside the poison is valid', async () => {
  expect((await check(0, './old/apart')).results).toMatchObject([
    { verdict: 'valid', poisoned: [] },
  ]);
});

test('a profile of old and new packages is poisoned by the old one alone', async () => {
  const profile = join(world.dispatch.folder, 'profile');
  const paths = [old, fresh].map(({ roots }) => roots[0]!.outputs['out']!);
  const expression = join(farm.folder, 'profile.nix');
  // A profile as nix-env makes it: its inputs are outputs rather than derivations.
  writeFileSync(
    expression,
    `derivation { name = "user-environment"; system = builtins.currentSystem; builder = "/bin/sh";
      args = [ "-c" "/usr/bin/mkdir $out; /usr/bin/ln -s $old $out/old; /usr/bin/ln -s $new $out/new" ];
      old = builtins.storePath ${paths[0]}; new = builtins.storePath ${paths[1]}; }`,
  );
  const made = await farm.hub.run('nix-build', [expression, '-o', profile]);
  expect(made).toMatchObject({ code: 0 });
  const { results } = await check(3, './profile');
  expect(results[0]!.poisoned).toHaveLength(1);
  const words = ['poison', '-f', world.file, '-A', 'apart', '--reason', 'x', '--dry-run'];
  const { cost } = await world.json<PoisonAnswer>([...words, '--in', './profile']);
  expect(cost.derivations.map(({ name }) => name).toSorted()).toEqual(['all', 'apart']);
  expect((await check(3, './profile/old')).results[0]!.verdict).toBe('poisoned');
  expect((await check(0, './profile/new')).results[0]!.verdict).toBe('valid');
});

test('where derivations are gone, what is referred to is looked at, and that is said: exit code 4 or 3', async () => {
  const elsewhere = farm.builder('elsewhere').daemon.storeUri;
  const paths = [...old.roots, ...fresh.roots].map(({ outputs }) => outputs['out']!);
  const options = ['--extra-experimental-features', 'nix-command', '--no-check-sigs'];
  const copied = await farm.hub.run('nix', ['copy', ...options, '--to', elsewhere, ...paths]);
  expect(copied).toMatchObject({ code: 0 });
  const someone = world.otherPerson('Cas <cas@example.org>');
  const ask = async (link: string): Promise<[number, CheckAnswer['results'][number]]> => {
    const words = ['check', '--store', elsewhere, link, '--json'];
    const { code, stdout, stderr } = await world.dispatch.run(words, { env: someone });
    expect(stderr).toBe('');
    return [code, (JSON.parse(stdout) as CheckAnswer).results[0]!];
  };
  const before = await ask('./old');
  expect(before).toMatchObject([4, { verdict: 'unknown', derivations: 0, poisoned: [] }]);
  expect(before[1].unchecked.map(({ path }) => path.slice(44)).toSorted()).toEqual([
    'all',
    'apart',
    'last',
    'left',
  ]);
  // The ledger knows a poisoned original by its own path, wherever that is.
  const exported = join(farm.folder, 'left.jsonl');
  world.become(world.otherPerson('Dan <dan@example.org>'));
  await world.json(['poison', '-f', world.file, '-A', 'left', '--reason', 'bad']);
  await world.json(['ledger', 'export', exported]);
  expect(readFileSync(exported, 'utf8').split('\n')).toHaveLength(3);
  await world.dispatch.run(['ledger', 'import', exported], { env: someone });
  expect(await ask('./old')).toMatchObject([
    3,
    { verdict: 'poisoned', poisoned: [{ name: 'left' }] },
  ]);
  expect(await ask('./fresh')).toMatchObject([4, { verdict: 'unknown' }]);
});

test('what is nowhere, and what is no path, is an error: exit code 1', async () => {
  const nowhere = `/nix/store/${'0'.repeat(32)}-nowhere`;
  expect(await world.run('check', nowhere)).toMatchObject({ code: 1, stdout: '' });
  const { code, stderr } = await world.run('check', 'old');
  expect(code).toBe(3);
  expect(stderr).toBe('');
  expect((await world.run('check', 'nothing')).stderr).toBe(
    "dispatch: 'nothing' names nothing: give a path, a link, .#attribute, or -f FILE -A ATTRIBUTE\n",
  );
});
