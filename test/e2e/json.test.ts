import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'json.md'), 'utf8');

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
     long = shell "long" "sleep 30" {};
     bad = shell "bad" "exit 1" {};
     alien = shell "alien" "" { system = "riscv64-none"; };`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

/** The fields in the table below the heading of a command. */
function documented(command: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${command}\n`)) ?? '';
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, field = '']) => field).toSorted();
}

/** The fields of an answer, written as the page writes them; of what is empty, the fields inside stay unseen. */
function fieldsOf(value: unknown, name = ''): string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [`${name}[]*`] : value.flatMap((one) => fieldsOf(one, `${name}[]`));
  }
  if (value === null || typeof value !== 'object') return [value === null ? `${name}*` : name];
  return Object.entries(value).flatMap(([key, inner]) => {
    const part = name.endsWith('outputs') ? 'OUTPUT' : key;
    return fieldsOf(inner, name === '' ? part : `${name}.${part}`);
  });
}

/** Where page and answers differ. What is null or empty may stand for a list or an object of any kind. */
function differences(command: string, ...answers: readonly string[]): string[] {
  const seen = new Set(answers.flatMap((answer) => fieldsOf(JSON.parse(answer))));
  const known = documented(command);
  const open = [...seen].filter((field) => field.endsWith('*')).map((field) => field.slice(0, -1));
  const sure = [...seen].filter((field) => !field.endsWith('*'));
  const isSeen = (field: string): boolean =>
    sure.includes(field) || open.some((one) => field === one || field.startsWith(`${one}.`));
  return [
    ...sure.filter((field) => !known.includes(field)),
    ...open.filter((field) => !known.some((one) => one.startsWith(field))),
    ...known.filter((field) => !isSeen(field) && !isSeen(field.replace(/\[\]$/, ''))),
  ];
}

test('dispatch builders, reachable and not, prints the fields that are documented', async () => {
  const machines = `${farm.machines}\nunix:///nowhere`;
  const { stdout } = await dispatch.run(['builders', '--json', '--builders', machines]);
  expect(differences('dispatch builders', stdout)).toEqual([]);
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
