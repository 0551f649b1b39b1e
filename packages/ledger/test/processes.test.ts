import { expect, test } from 'vitest';
import { childProcesses, runToEnd, until } from '../../../test/farm/child-scripts.ts';
import { openLedger } from '../src/open-ledger.ts';
import { temporaryFolders } from './support/folder.ts';
import { change, identity } from './support/samples.ts';

const folder = temporaryFolders();
const scripts = new URL('children/', import.meta.url);
const start = childProcesses(scripts);

test('processes that poison the same at the same moment get an epoch each', async () => {
  const url = `lmdb:${folder()}`;
  const children = [start('append.ts', url, '50'), start('append.ts', url, '50')];
  for (const child of children) await until(() => child.lines().includes('ready'), 'both ready');
  for (const child of children) child.process.stdin?.write('go\n');
  expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0]);
  const epochs = children.map((child) => child.lines().slice(1).map(Number));
  expect(epochs.flat().toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, n) => n + 1),
  );
  const ledger = await openLedger(url);
  expect((await ledger.poison.lookup([identity('else', 'out')]))[0]?.serial).toBe(100);
  await ledger.close();
});

test('a ledger that is open sees what another process has written since', async () => {
  const url = `lmdb:${folder()}`;
  const ledger = await openLedger(url);
  expect((await ledger.poison.lookup([identity('shared')]))[0]?.serial).toBe(0);
  // Waited for without giving way, so that no turn of the event loop brings a new snapshot by chance.
  expect(runToEnd(new URL('append.ts', scripts), [url, '3'], 'go\n')).toBe(0);
  expect((await ledger.poison.lookup([identity('shared')]))[0]?.serial).toBe(3);
  expect((await ledger.poison.append(change(identity('shared')))).record?.epoch).toBe(4);
  await ledger.close();
});

test('killed in the middle of writing, again and again: nothing told is lost, nothing is torn', async () => {
  const url = `lmdb:${folder()}`;
  const told = new Map<string, number>();
  for (let round = 0; round < 8; round += 1) {
    const children = [start('churn.ts', url, `a${round}`), start('churn.ts', url, `b${round}`)];
    for (const child of children) await until(() => child.lines().length > 5, 'writes');
    await new Promise((resolve) => setTimeout(resolve, round * 7));
    for (const child of children) child.process.kill('SIGKILL');
    expect(await Promise.all(children.map((child) => child.ended))).toEqual(['SIGKILL', 'SIGKILL']);
    for (const line of children.flatMap((child) => child.lines())) {
      const [path, epoch] = JSON.parse(line) as [string, number];
      told.set(path, Math.max(told.get(path) ?? 0, epoch));
    }
    await assertWhole(url, told);
  }
}, 60_000);

/** Every record that was reported is there, each history has each epoch once, runs can be read. */
async function assertWhole(url: string, told: ReadonlyMap<string, number>): Promise<void> {
  const ledger = await openLedger(url);
  const records = await ledger.poison.records();
  for (const [path, epoch] of told) {
    const known = records.filter((each) => each.identity.drvPath === path);
    expect(known.map((each) => each.epoch)).toContain(epoch);
  }
  for (const { identity: of } of records) {
    const epochs = (await ledger.poison.history([of.drvPath])).map((each) => each.epoch);
    // From the highest down to 1, without a gap and without one given twice.
    expect(epochs).toEqual(epochs.map((_, place) => epochs.length - place));
  }
  const runs = await ledger.runs.recent(100);
  for (const run of runs) {
    const steps = (await ledger.runs.get(run.id))?.steps;
    expect(steps).toHaveLength(run.stepCount);
    for (const { original } of steps ?? []) {
      expect(await ledger.runs.stepsOfPath(original)).not.toEqual([]);
    }
    expect(['succeeded', 'interrupted']).toContain(run.state);
  }
  expect(runs.some((run) => run.state === 'interrupted')).toBe(true);
  await ledger.close();
}
