import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import { parseMachines } from '@dispatch/builders/machines-file';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withFarmFile } from '../src/world/farm-file.ts';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  mkdirSync(join(folder, 'dispatch'));
  file = join(folder, 'dispatch', 'farm.toml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const machines = parseMachines('me@lab\nssh://big', {
  source: 'test',
  defaultSystem: 'x86_64-linux',
  readFile: () => undefined,
});

function builders() {
  return machines.map((machine) => ({ machine, store: new DaemonStore(machine) }));
}

async function resources(text: string | undefined, farm?: string): Promise<unknown> {
  if (text !== undefined) writeFileSync(file, text);
  const told = await withFarmFile(builders(), { farm }, { XDG_CONFIG_HOME: folder, HOME: folder });
  return told.map(({ machine }) => machine.resources);
}

it('says what machines have only so many of, under any name that a machines file has for them', async () => {
  const text = `
    [machines."me@lab".resources]
    board-imx8 = 2
    [machines."ssh-ng://big"]
    resources = { licence-x = 1 }
    [machines.other.resources]
    board = 1`;
  expect(await resources(text)).toEqual([{ 'board-imx8': 2 }, { 'licence-x': 1 }]);
});

it('says what a machine is marked by', async () => {
  writeFileSync(file, '[machines."me@lab"]\ntags = ["lab-a", "imx8"]');
  const told = await withFarmFile(builders(), {}, { XDG_CONFIG_HOME: folder, HOME: folder });
  expect(told.map(({ machine }) => machine.tags)).toEqual([['lab-a', 'imx8'], undefined]);
});

it('need not be there where nobody named it, and must where somebody did', async () => {
  expect(await resources(undefined)).toEqual([undefined, undefined]);
  await expect(resources(undefined, join(folder, 'none'))).rejects.toThrow(
    /farm file .*none: ENOENT/,
  );
});

it.each([
  [
    '[machines.lab.resources]\nboard = "two"',
    '2: machines.lab.resources.board must be a whole number',
  ],
  [
    '[machines.lab.resources]\n\nboard = 0',
    '3: machines.lab.resources.board must be a whole number',
  ],
  ['[machines.lab]\nresource = 1', '2: machines.lab.resource is not known here'],
  ['[machine.lab]', '1: machine is not known here'],
  [
    '[machines.lab.resources]\n"a b" = 1',
    '2: machines.lab.resources."a b" is no name of a feature',
  ],
  ['[machines."ftp://lab".resources]\nboard = 1', '1: machines."ftp://lab" '],
  ['[machines.lab]\ntags = ["a b"]', '2: machines.lab.tags must be a list of words'],
  ['[machines.lab.resources]\nboard = = 1', '2: '],
])('refuses %j with line and key', async (text, place) => {
  await expect(resources(text)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining(`${file}:${place}`),
  });
});
