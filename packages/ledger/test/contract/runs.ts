import { afterEach, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger.ts';
import { type Retention, usualRetention } from '../../src/retention.ts';
import type { StepRecord } from '../../src/run-record.ts';
import type { Runs } from '../../src/runs.ts';
import { drv, path, step } from '../support/samples.ts';

const roots = [{ original: drv('root'), rewritten: drv('root-new') }];

/** A whole run, ended well. */
async function ended(runs: Runs, id: string, ...steps: readonly StepRecord[]): Promise<void> {
  await runs.begin({ id, startedAt: 1, roots });
  await runs.recordSteps(id, steps);
  await runs.finish(id, { outcome: 'succeeded', finishedAt: 2 });
}

/** What every backend's Runs does. `open` gives an empty ledger each time. */
export function runsContract(open: (retention?: Retention) => Promise<Ledger>): void {
  const ledgers: Ledger[] = [];
  const opened = async (retention?: Retention): Promise<Runs> => {
    const ledger = await open(retention);
    ledgers.push(ledger);
    return ledger.runs;
  };
  afterEach(async () => {
    for (const ledger of ledgers.splice(0)) await ledger.close();
  });

  test('a run is there from its beginning, and ends with all its steps in order', async () => {
    const runs = await opened();
    await runs.begin({ id: 'r1', startedAt: 1_700_000_000_000, roots });
    expect(await runs.get('r1')).toEqual({
      id: 'r1',
      startedAt: 1_700_000_000_000,
      roots,
      state: 'running',
      finishedAt: undefined,
      stepCount: 0,
      steps: [],
    });
    const failed = step('b', { status: 'failed', durationMs: 7, logFile: '/var/log/b' });
    const never = step('c', { status: 'dependency-failed', builder: undefined });
    await runs.recordSteps('r1', [step('a')]);
    await runs.recordSteps('r1', [failed, never]);
    await runs.finish('r1', { outcome: 'failed', finishedAt: 1_700_000_009_000 });
    expect(await runs.get('r1')).toMatchObject({
      state: 'failed',
      finishedAt: 1_700_000_009_000,
      stepCount: 3,
      steps: [step('a'), failed, never],
    });
  });

  test('unknown runs are nobody, and cannot be added to', async () => {
    const runs = await opened();
    expect(await runs.get('none')).toBeUndefined();
    const unknown = { code: 'unknown-run' };
    await expect(runs.recordSteps('none', [step('a')])).rejects.toMatchObject(unknown);
    const end = { outcome: 'failed', finishedAt: 1 } as const;
    await expect(runs.finish('none', end)).rejects.toMatchObject(unknown);
    expect(await runs.stepsOfPath(path('a'))).toEqual([]);
  });

  test('an id is given once', async () => {
    const runs = await opened();
    await runs.begin({ id: 'r', startedAt: 1, roots });
    const again = runs.begin({ id: 'r', startedAt: 2, roots });
    await expect(again).rejects.toMatchObject({ code: 'duplicate-run' });
  });

  test('the newest runs come first', async () => {
    const runs = await opened();
    for (const id of ['one', 'two', 'three']) await ended(runs, id, step(id));
    const recent = await runs.recent(2);
    expect(recent.map((run) => run.id)).toEqual(['three', 'two']);
    expect(recent[0]).toMatchObject({ roots, stepCount: 1, state: 'succeeded' });
    expect(recent[0]).not.toHaveProperty('steps');
  });

  test('the last duration: of the derivation, else of its name and system', async () => {
    const runs = await opened();
    await ended(runs, 'r1', step('gcc', { durationMs: 50 }), step('zlib', { durationMs: 5 }));
    const newer = { original: drv('gcc2'), name: 'gcc', durationMs: 60 };
    await ended(runs, 'r2', step('gcc2', newer));
    await ended(runs, 'r3', step('zlib', { durationMs: 1, status: 'failed' }));
    // It was there already.
    await ended(runs, 'r4', step('zlib', { durationMs: undefined }));
    const asked = [
      { drvPath: drv('gcc'), name: 'gcc', system: 'x86_64-linux' },
      { drvPath: drv('gcc3'), name: 'gcc', system: 'x86_64-linux' },
      { drvPath: drv('gcc3'), name: 'gcc', system: 'aarch64-linux' },
      { drvPath: drv('zlib'), name: 'zlib', system: 'x86_64-linux' },
    ];
    expect(await runs.lastDurations(asked)).toEqual([50, 60, undefined, 5]);
  });

  test('a step is found by each of its paths, under both names', async () => {
    const runs = await opened();
    await ended(runs, 'r1', step('a'), step('b'));
    const { original, rewritten, name, system, outputs } = step('a');
    const found = [{ original, rewritten, name, system, outputs }];
    for (const label of ['a', 'a-dev', 'a-new', 'a-new-dev', 'a.drv', 'a-new.drv']) {
      expect(await runs.stepsOfPath(path(label))).toEqual(found);
    }
  });

  test('an original that was built under several serials has them all, newest first', async () => {
    const runs = await opened();
    await ended(runs, 'r1', step('a', { rewritten: drv('a-1') }));
    await ended(runs, 'r2', step('a', { rewritten: drv('a-2') }));
    await ended(runs, 'r3', step('a', { rewritten: drv('a-1') }));
    const rewritten = (await runs.stepsOfPath(path('a'))).map((each) => each.rewritten);
    expect(rewritten).toEqual([drv('a-1'), drv('a-2')]);
    expect(await runs.stepsOfPath(drv('a-2'))).toHaveLength(1);
  });

  test('what became of a step is found in every run, newest first', async () => {
    const runs = await opened();
    const failed = step('a', { status: 'failed', rewritten: drv('a-1'), logFile: '/log/1' });
    await ended(runs, 'r1', step('b'), failed);
    const built = step('a', { rewritten: drv('a-2'), logFile: '/log/2' });
    await ended(runs, 'r2', built);
    const both = [
      { ...built, run: 'r2' },
      { ...failed, run: 'r1' },
    ];
    expect(await runs.recordsOfPath(path('a'))).toEqual(both);
    expect(await runs.recordsOfPath(drv('a'))).toEqual(both);
    expect(await runs.recordsOfPath(drv('a-1'))).toEqual([{ ...failed, run: 'r1' }]);
    expect(await runs.recordsOfPath(drv('nobody'))).toEqual([]);
  });

  test('outputs that are not known without building are no paths', async () => {
    const runs = await opened();
    const floating = [{ name: 'out', original: undefined, rewritten: undefined }];
    await ended(runs, 'r1', step('ca', { outputs: floating }));
    expect((await runs.get('r1'))?.steps[0]?.outputs).toEqual(floating);
    expect(await runs.stepsOfPath(drv('ca'))).toHaveLength(1);
  });

  test('the oldest go first, with what is known by them alone', async () => {
    const runs = await opened({ ...usualRetention, runs: 2, steps: 100 });
    await ended(runs, 'r1', step('old', { durationMs: 3 }), step('a', { durationMs: 4 }));
    await ended(runs, 'r2', step('a', { durationMs: 5 }));
    await ended(runs, 'r3', step('b'));
    expect((await runs.recent(9)).map((run) => run.id)).toEqual(['r3', 'r2']);
    expect(await runs.get('r1')).toBeUndefined();
    expect(await runs.stepsOfPath(path('old'))).toEqual([]);
    expect(await runs.stepsOfPath(path('a'))).toHaveLength(1);
    const asked = ['old', 'a'].map((label) => ({
      drvPath: drv(label),
      name: label,
      system: 'x86_64-linux',
    }));
    expect(await runs.lastDurations(asked)).toEqual([undefined, 5]);
  });

  test('steps are counted too; a run that still runs stays, and so does the newest', async () => {
    const runs = await opened({ ...usualRetention, runs: 100, steps: 3 });
    await runs.begin({ id: 'running', startedAt: 1, roots });
    await runs.recordSteps('running', [step('a'), step('b')]);
    await ended(runs, 'r2', step('c'), step('d'));
    await ended(runs, 'r3', step('e'), step('f'), step('g'), step('h'));
    expect((await runs.recent(9)).map((run) => run.id)).toEqual(['r3', 'running']);
    await ended(runs, 'r4', step('i'));
    expect((await runs.recent(9)).map((run) => run.id)).toEqual(['r4', 'running']);
  });
}
