import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { currentAuthor } from '../src/poison/author.ts';

const before = { ...process.env };
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-author-'));
  // Git asks nobody but this file.
  Object.assign(process.env, {
    GIT_CONFIG_GLOBAL: join(folder, 'gitconfig'),
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_DIR: join(folder, 'nowhere'),
  });
});

afterAll(() => {
  process.env = before;
  rmSync(folder, { recursive: true, force: true });
});

function gitKnows(text: string): void {
  writeFileSync(join(folder, 'gitconfig'), text);
}

test('who DISPATCH_AUTHOR names, whatever git says', async () => {
  gitKnows('[user]\n  name = Ann\n  email = ann@example.org\n');
  expect(await currentAuthor({ DISPATCH_AUTHOR: ' Ben ' })).toBe('Ben');
});

test('else who the user is to git', async () => {
  gitKnows('[user]\n  name = Ann\n  email = ann@example.org\n');
  expect(await currentAuthor({})).toBe('Ann <ann@example.org>');
  gitKnows('[user]\n  email = ann@example.org\n');
  expect(await currentAuthor({ DISPATCH_AUTHOR: ' ' })).toBe('ann@example.org');
});

test('else user and machine', async () => {
  gitKnows('');
  expect(await currentAuthor({})).toBe(`${userInfo().username}@${hostname()}`);
});
