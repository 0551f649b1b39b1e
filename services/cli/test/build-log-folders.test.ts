import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pruneLogFolders } from '../src/build/log-folders.ts';

const runs = ['20260103T000000-aa', '20251231T235959-ff', '20260102T000000-00'] as const;
const none: ReadonlySet<string> = new Set();
const later = Date.parse('2026-02-01T00:00:00Z');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  for (const run of runs) {
    mkdirSync(join(folder, run));
    writeFileSync(join(folder, run, 'x.log'), 'log');
  }
});

afterEach(() => rmSync(folder, { recursive: true }));

function left(): string[] {
  return readdirSync(folder).toSorted();
}

test('the logs of the newest runs are kept, and whatever else lies there', async () => {
  writeFileSync(join(folder, 'notes'), 'mine');
  await pruneLogFolders(folder, none, later, 2);
  expect(left()).toEqual([runs[2], runs[0], 'notes']);
  await pruneLogFolders(join(folder, 'nothing'), none, later, 2);
});

test('the logs of runs that began within a day are kept, however many', async () => {
  await pruneLogFolders(folder, none, Date.parse('2026-01-02T23:59:59Z'), 0);
  expect(left()).toEqual([runs[2], runs[0]]);
});

test('the logs of a run that is under way are kept, however old', async () => {
  await pruneLogFolders(folder, new Set([runs[1]]), later, 0);
  expect(left()).toEqual([runs[1]]);
});
