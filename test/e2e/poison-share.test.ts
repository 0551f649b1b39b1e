import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { type BuildAnswer, builtNames, PoisonWorld } from './poison-world.ts';

let farm: Farm;
let world: PoisonWorld;
let built: BuildAnswer;
let file = '';

beforeAll(async () => {
  farm = await startFarm();
  world = new PoisonWorld(farm);
  file = join(farm.folder, 'poison.jsonl');
  await world.json([
    'poison',
    '-f',
    world.file,
    '-A',
    'left',
    '--reason',
    'miscompiled\nby gcc 13',
  ]);
  await world.json(['poison', '-f', world.file, '-A', 'left', '--reason', 'and again']);
  await world.json(['poison', '-f', world.file, '-A', 'last', '--reason', 'for nothing']);
  await world.json(['clear', '-f', world.file, '-A', 'last']);
  built = await world.build('all', 'result');
});

afterAll(() => farm[Symbol.asyncDispose]());

test('an export and an import elsewhere give the same rewritten paths', async () => {
  const exported = await world.run('ledger', 'export', file);
  expect(exported.stdout).toBe(`wrote ${file}: 4 records\n`);
  expect((await world.run('ledger', 'export')).stdout).toBe(readFileSync(file, 'utf8'));
  world.become(world.otherPerson('Ben <ben@example.org>'));
  const planned = await world.run('ledger', 'import', '--dry-run', file);
  expect(planned.stdout.split('\n')).toEqual([
    'would add 4 records',
    '1 derivation will have another serial, and what depends on them is built again:',
    '  left: serial 0 -> 2',
    '',
  ]);
  expect((await world.run('ledger', 'list')).stdout).toBe('nothing is poisoned\n');
  expect((await world.run('ledger', 'import', file)).stdout).toMatch(/^added 4 records\n/);
  const here = await world.build('all', 'result');
  expect(here.roots).toEqual(built.roots);
  expect(builtNames(here)).toEqual([]);
  expect((await world.run('ledger', 'import', file)).stdout).toBe(
    'added 0 records, 4 known already\nnothing has to be built again for it\n',
  );
});

test('the list and a history, for people', async () => {
  const list = (await world.run('ledger', 'list')).stdout.trimEnd().split('\n');
  expect(list).toEqual([
    'NAME  SERIAL  AUTHOR                            WHEN      REASON',
    'left  2       Ann <ann@example.org> (unproven)  just now  and again',
  ]);
  const all = (await world.run('ledger', 'list', '--all')).stdout.trimEnd().split('\n');
  expect(all.map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
    ['NAME', 'EPOCH', 'EFFECT', 'COUNTS'],
    ['last', '1', 'poison', 'Ann <ann@example.org> (unproven)'],
    ['last', '2', 'clear', 'yes'],
    ['left', '1', 'poison', 'Ann <ann@example.org> (unproven)'],
    ['left', '2', 'poison', 'yes'],
  ]);
  const history = (await world.run('ledger', 'show', './result/left')).stdout;
  expect(history).toMatch(
    /^left: serial 2 \(.\/result\/left\)\n {2}\/nix\/store\/\S+-left.drv\n {2}poison 2 {2}\d{4}-\d\d-\d\d /,
  );
  expect(history).toMatch(/\n {2}poison 1 .*: miscompiled by gcc 13\n$/);
});

test('a cut-off file, no file, and a jump too far: nothing is imported, and what to do is said', async () => {
  world.become(world.otherPerson('Cas <cas@example.org>'));
  const text = readFileSync(file, 'utf8');
  const cut = join(farm.folder, 'cut.jsonl');
  writeFileSync(cut, text.slice(0, -20));
  const refused = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.run('ledger', 'import', ...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    return stderr;
  };
  expect(await refused(cut)).toContain(`${cut}, line 5: the file was cut off in mid-line`);
  expect(await refused('nowhere.jsonl')).toContain(
    'cannot read nowhere.jsonl: no such file or directory',
  );
  const far = join(farm.folder, 'far.jsonl');
  writeFileSync(far, text.replace('"epoch":2,"effect":"poison"', '"epoch":5000,"effect":"poison"'));
  expect(await refused(far)).toMatch(
    /the serial 5000, .*allow a larger jump with --max-jump NUMBER\n$/,
  );
  expect((await world.run('ledger', 'list', '--all')).stdout).toBe('nothing is recorded\n');
  expect((await world.run('ledger', 'import', '--max-jump', '5000', far)).stdout).toContain(
    'left: serial 0 -> 5000',
  );
});
