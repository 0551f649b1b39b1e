import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pruneLogFolders } from '../src/build/log-folders.ts';

test('the logs of the newest runs are kept, and whatever else lies there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  try {
    const runs = ['20260103T000000-aa', '20251231T235959-ff', '20260102T000000-00'];
    for (const run of runs) {
      mkdirSync(join(folder, run));
      writeFileSync(join(folder, run, 'x.log'), 'log');
    }
    writeFileSync(join(folder, 'notes'), 'mine');
    await pruneLogFolders(folder, 2);
    expect(readdirSync(folder).toSorted()).toEqual([runs[2], runs[0], 'notes']);
    await pruneLogFolders(join(folder, 'nothing'), 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
