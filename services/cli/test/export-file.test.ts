import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { writeExport } from '../src/ledger/export-file.ts';
import { temporaryFolder } from './rewrite-command.ts';

let folder = '';

beforeEach(() => {
  folder = temporaryFolder();
});

test('a file keeps its mode, and a link to it stays a link', async () => {
  const file = join(folder, 'team.jsonl');
  writeFileSync(file, 'old');
  chmodSync(file, 0o640);
  const link = join(folder, 'link');
  symlinkSync('team.jsonl', link);
  await writeExport(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder).toSorted()).toEqual(['link', 'team.jsonl']);
});

test('what a link leads to is made, where nothing is there yet', async () => {
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  symlinkSync('a/b', join(folder, 'here'));
  const link = join(folder, 'here', 'link');
  symlinkSync('../team.jsonl', link);
  await writeExport(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, 'a/team.jsonl'), 'utf8')).toBe('new');
});

test('a named pipe is written into, and stays one', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const [text] = await Promise.all([readFile(pipe, 'utf8'), writeExport(pipe, 'new')]);
  expect(text).toBe('new');
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

test('where it cannot be written, the name is told that was given', async () => {
  const file = join(folder, 'plain');
  writeFileSync(file, '');
  for (const name of [join(file, 'export'), join(folder, 'no', 'export'), folder]) {
    await expect(writeExport(name, 'new')).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringMatching(`^cannot write ${name}: E`),
    });
  }
});
