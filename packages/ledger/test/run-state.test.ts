import { expect, test } from 'vitest';
import { childProcesses, until } from '../../../test/farm/child-scripts.ts';
import { openLedger } from '../src/open-ledger.ts';
import { temporaryFolders } from './support/folder.ts';

const folder = temporaryFolders();
const start = childProcesses(new URL('children/', import.meta.url));

test('a run of another process is running while that lives, and interrupted once it was killed', async () => {
  const url = `lmdb:${folder()}`;
  const child = start('one-run.ts', url);
  await until(() => child.lines().includes('begun'), 'the run');
  const ledger = await openLedger(url);
  expect((await ledger.runs.recent(1))[0]).toMatchObject({ id: 'killed', state: 'running' });
  child.process.kill('SIGKILL');
  await child.ended;
  expect(await ledger.runs.get('killed')).toMatchObject({
    state: 'interrupted',
    finishedAt: undefined,
    steps: [{ name: 'a' }],
  });
  await ledger.close();
});

test('a run that was left is gone on with under its name, and one that is not left is not', async () => {
  const url = `lmdb:${folder()}`;
  const child = start('one-run.ts', url);
  await until(() => child.lines().includes('begun'), 'the run');
  const ledger = await openLedger(url);
  const begin = () => ledger.runs.begin({ id: 'killed', startedAt: 5, roots: [] });
  await expect(begin()).rejects.toMatchObject({ code: 'duplicate-run' });
  child.process.kill('SIGKILL');
  await child.ended;
  await begin();
  expect(await ledger.runs.get('killed')).toMatchObject({
    state: 'running',
    steps: [{ name: 'a' }],
  });
  await expect(begin()).rejects.toMatchObject({ code: 'duplicate-run' });
  await ledger.close();
});
