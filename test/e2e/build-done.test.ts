import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { coordinatorsOf, Dispatch, type Person, program } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let who: Person;
let recipes: string;
let drvPath: string;
let output: string;
let tests = 0;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', ssh: true }] });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

/** Each test has a derivation of its own that is built already, and no coordinator. */
beforeEach(async () => {
  tests += 1;
  const other = { ...dispatch.person(`builds-${tests}`), DISPATCH_IDLE_MINUTES: '0.01' };
  who = dispatch.person(`done-${tests}`);
  const below = `below = shell "below" "echo below > $out; echo ${tests}" {};`;
  recipes = writeRecipes(
    farm,
    `${below} top = shell "top" "cat $below > $out" { inherit below; };`,
  );
  drvPath = await instantiate(farm, recipes, 'top');
  const { code, stdout, stderr } = await build(other);
  if (code !== 0) throw new Error(stderr);
  output = stdout.trim();
});

function build(as: Person, ...more: string[]) {
  const words = ['build', '--builders', farm.machines, '-j', '0', '--no-link', drvPath, ...more];
  return dispatch.run(words, { env: as });
}

test('what is there already is told without any coordinator, and recorded', async () => {
  const done = await build(who);
  expect(done).toEqual({
    code: 0,
    stdout: `${output}\n`,
    stderr: 'everything is there already\n',
  });
  expect(coordinatorsOf(who.XDG_STATE_HOME)).toEqual([]);
  const { stdout } = await dispatch.run(['status', '--json'], { env: who });
  expect(JSON.parse(stdout)).toMatchObject({
    coordinator: null,
    runs: [{ state: 'succeeded', roots: [drvPath] }],
  });
});

test('links are made and JSON is printed as by a coordinator', async () => {
  const link = join(dispatch.folder, 'done');
  const words = ['build', '--builders', farm.machines, '-o', link, '--json', `${drvPath}!out`];
  const alone = await dispatch.run(words, { env: who });
  expect(coordinatorsOf(who.XDG_STATE_HOME)).toEqual([]);
  expect(readlinkSync(link)).toBe(output);
  // Only a coordinator tells events.
  const together = await dispatch.run([...words, '--debug'], { env: who });
  expect(coordinatorsOf(who.XDG_STATE_HOME)).toHaveLength(1);
  expect(withoutRun(alone.stdout)).toEqual(withoutRun(together.stdout));
});

function withoutRun(json: string): object {
  return { ...(JSON.parse(json) as object), run: '' };
}

test('what was poisoned is built anew although the old result lies there', async () => {
  const poison = ['poison', '--yes', '--reason', 'luck', output];
  expect(await dispatch.run(poison, { env: who })).toMatchObject({ code: 0 });
  const anew = await build(who);
  expect(anew.stderr).toContain('built top on');
  expect(anew.stdout.trim()).not.toBe(output);
  expect(coordinatorsOf(who.XDG_STATE_HOME)).toHaveLength(1);
});

test('a file that merely lies where a result would is no result', async () => {
  const file = writeRecipes(farm, `planted = shell "planted" "echo built > $out" {};`);
  const path = await instantiate(farm, file, 'planted');
  const { stdout: place } = await farm.hub.run('nix-store', ['-q', '--outputs', path]);
  const inFolder = farm.hub.daemon.root + place.trim();
  writeFileSync(inFolder, 'planted\n');
  const words = ['build', '--builders', farm.machines, '-j', '0', '--no-link', path];
  const { code, stdout, stderr } = await dispatch.run(words, { env: who });
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: place });
  expect(stderr).toContain('built planted on');
  expect(readFileSync(inFolder, 'utf8')).toBe('built\n');
});

test('a derivation that is not named to be built, but an argument, is nothing to be done with', async () => {
  const words = ['build', '--no-link', '--argstr', 'text', drvPath];
  const { code, stderr } = await dispatch.run(words, { env: who });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^dispatch: nothing to build: [^\n]+\n$/);
});

test.each([
  'build --no-link',
  'build --no-link --json',
  'build --no-link --debug',
  'build --no-link --detach',
  'build --no-link --dry-run',
  'plan --json',
])('a full disk behind the standard output of %s is said once, and is a failure', async (how) => {
  const machines = ['--builders', farm.machines];
  // An evaluation leaves a folder to be removed when all is printed; a path leaves none.
  for (const roots of [[drvPath], ['-f', recipes, '-A', 'top']]) {
    const words = [program, ...how.split(' '), ...machines, ...roots];
    const state = `XDG_STATE_HOME=${who.XDG_STATE_HOME}`;
    const shell = ['sh', '-c', '"$@" > /dev/full', 'sh'];
    const { code, stderr } = await farm.hub.run('env', [state, ...shell, ...words]);
    expect(code).toBe(1);
    expect(stderr.match(/cannot write to standard output/g)).toHaveLength(1);
  }
});

test('whether another machine has it, a coordinator is asked, which may be logged in there', async () => {
  const [far = ''] = farm.builder('far').machineLine.split(' ');
  const { code } = await build(who, '--store', far);
  expect(code).toBe(1);
  expect(coordinatorsOf(who.XDG_STATE_HOME)).toHaveLength(1);
});

test.each([
  ['a derivation that nobody has', () => drvPath.replace(/\w{32}/, '0'.repeat(32))],
  ['an output that it does not have', () => `${drvPath}!dev`],
])('%s is refused as ever', async (_, word) => {
  const words = ['build', '--builders', farm.machines, '--no-link', word()];
  const { code, stderr } = await dispatch.run(words, { env: who });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^dispatch: [^\n]+\n$/);
});
