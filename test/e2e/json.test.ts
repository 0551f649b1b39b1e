import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { differences } from './json-page.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file = '';

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 2, features: ['big'] }] });
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `base = shell "base" "echo base > $out" {};
     app = shell "app" "cat $base > $out" { inherit base; };
     next = shell "next" "cat $long > $out" { inherit long; };
     long = shell "long" "sleep 30" {};
     other = shell "other" "echo > $out" {};
     bad = shell "bad" "exit 1" {};
     alien = shell "alien" "" { system = "riscv64-none"; };`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

test('dispatch builders, reachable and not, prints the fields that are documented', async () => {
  const machines = `${farm.machines}\nunix:///nowhere`;
  const { stdout } = await dispatch.run(['builders', '--json', '--builders', machines]);
  expect(differences('dispatch builders', stdout)).toEqual([]);
});

test('dispatch explain --why-here prints the fields that are documented, of steps that wait, run and are over', async () => {
  const why = async (step: string): Promise<string> =>
    (await dispatch.run(['explain', '--why-here', step, '--json'])).stdout;
  const machines = `${farm.machines}\nunix:///nowhere`;
  const build = ['build', '--no-link', '-L', '-f', file, '--builders', machines];
  const run = dispatch.start([...build, '-A', 'next', '-A', 'other', '-k']);
  await run.told('long: at work');
  await run.told('built other');
  const answers = [await why('next'), await why('long'), await why('other')];
  run.signal('SIGINT');
  await run.ended;
  expect(differences('dispatch explain --why-here', ...answers)).toEqual([]);
});

test('dispatch status prints the fields that are documented, of runs under way and over', async () => {
  await dispatch.build(['-f', file, '-A', 'base']);
  const long = dispatch.start([
    'build',
    '-f',
    file,
    '-A',
    'long',
    '--builders',
    farm.machines,
    '-L',
  ]);
  await long.told('at work');
  const { stdout } = await dispatch.run(['status', '--json']);
  long.signal('SIGINT');
  await long.ended;
  expect(differences('dispatch status', stdout)).toEqual([]);
});

test('dispatch plan and build print the fields that are documented', async () => {
  const machines = ['--json', '-f', file, '--builders', farm.machines];
  const base = await instantiate(farm, file, 'base');
  await dispatch.run(['poison', base, '--reason', 'test', '--yes']);
  await dispatch.build(['-f', file, '-A', 'base']);
  await farm.hub.run('nix-store', ['--gc']);
  const plans = [
    await dispatch.run(['plan', '-A', 'app', '-A', 'base', ...machines]),
    await dispatch.run(['plan', '-A', 'alien', ...machines]),
  ];
  expect(differences('dispatch plan', ...plans.map(({ stdout }) => stdout))).toEqual([]);
  const builds = [
    await dispatch.run(['build', '-A', 'app', ...machines]),
    await dispatch.run(['build', '-A', 'bad', ...machines]),
  ];
  expect(differences('dispatch build', ...builds.map(({ stdout }) => stdout))).toEqual([]);
});
