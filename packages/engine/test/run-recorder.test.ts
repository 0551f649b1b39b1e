import type { Ledger } from '@dispatch/ledger/ledger';
import { openLedger } from '@dispatch/ledger/open-ledger';
import { parseStorePath } from '@dispatch/nix/store-path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunRecorder } from '../src/report/run-recorder.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const drv = parseStorePath(`/nix/store/${'0'.repeat(32)}-a.drv`);
const out = parseStorePath(`/nix/store/${'1'.repeat(32)}-a`);

/** A recorder of a run with that one step, which has begun. */
async function recorderTo(ledger: Pick<Ledger, 'runs' | 'built'>): Promise<RunRecorder> {
  const recorder = new RunRecorder('r', ledger, () => {});
  const step = { original: drv, rewritten: drv, name: 'a', system: 'x86_64-linux', outputs: [] };
  await recorder.begin(0, [], [step]);
  return recorder;
}

/** Tells the recorder that the step was built in this time. */
function note(recorder: RunRecorder, durationMs: number): void {
  const rest = { narHash: '', deriver: drv, narSize: 1, references: [], contentAddress: '' };
  recorder.noteBuilt([{ path: out, ...rest }]);
  recorder.observe({
    type: 'step-ended',
    step: drv,
    name: 'a',
    result: { type: 'succeeded', builder: 'one', attempt: 1 },
    durationMs,
    logFile: undefined,
    lastLines: [],
  });
}

/** What the ledger has of the step and of its output `waitMs` milliseconds after it ended. */
async function keptAfter(waitMs: number, durationMs: number): Promise<object> {
  const ledger = await openLedger('memory:');
  const recorder = await recorderTo(ledger);
  note(recorder, durationMs);
  await vi.advanceTimersByTimeAsync(waitMs);
  const steps = (await ledger.runs.get('r'))?.steps.length;
  const outputs = (await ledger.built.find([out])).size;
  await recorder.flush();
  await ledger.close();
  return { steps, outputs };
}

it('what took long is written down at once: it is not built again if we are killed', async () => {
  expect(await keptAfter(0, 60_000)).toEqual({ steps: 1, outputs: 1 });
});

it('what took no time is gathered for half a second', async () => {
  expect(await keptAfter(400, 3)).toEqual({ steps: 0, outputs: 0 });
  expect(await keptAfter(500, 3)).toEqual({ steps: 1, outputs: 1 });
});

it('what comes while the disk is slow is written all at once', async () => {
  const ledger = await openLedger('memory:');
  let writes = 0;
  const slowly = async (): Promise<void> => {
    writes += 1;
    // By the test's own clock.
    await new Promise((resolve) => void setTimeout(resolve, 100));
  };
  const { runs, built } = ledger;
  const recorder = await recorderTo({
    built: { find: (paths) => built.find(paths), record: slowly },
    runs: Object.assign(Object.create(runs) as typeof runs, { recordSteps: slowly }),
  });
  for (let step = 0; step < 400; step += 1) {
    note(recorder, 60_000);
    await vi.advanceTimersByTimeAsync(2);
  }
  await vi.advanceTimersByTimeAsync(100_000);
  // Steps and outputs each took 100 of the 800 ms, and what was left took one of each more.
  expect(writes).toBeLessThanOrEqual(12);
  await ledger.close();
});
