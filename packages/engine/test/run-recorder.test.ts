import { openLedger } from '@dispatch/ledger/open-ledger';
import { parseStorePath } from '@dispatch/nix/store-path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunRecorder } from '../src/report/run-recorder.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const drv = parseStorePath(`/nix/store/${'0'.repeat(32)}-a.drv`);
const out = parseStorePath(`/nix/store/${'1'.repeat(32)}-a`);

/** What the ledger has of the step and of its output so many milliseconds after it ended. */
async function keptAfter(waitMs: number, durationMs: number): Promise<object> {
  const ledger = await openLedger('memory:');
  const recorder = new RunRecorder('r', ledger, () => {});
  const step = { original: drv, rewritten: drv, name: 'a', system: 'x86_64-linux', outputs: [] };
  await recorder.begin(0, [], [step]);
  const rest = {
    narHash: '00'.repeat(32),
    deriver: drv,
    narSize: 1,
    references: [],
    contentAddress: '',
  };
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
