import type { DaemonStore } from '@dispatch/builders/daemon-store';
import type { StorePath } from '@dispatch/nix/store-path';
import { expect, it, onTestFinished } from 'vitest';
import type { Work } from '../src/execute/execution.ts';
import { Executor } from '../src/execute/executor.ts';

const path = '/nix/store/00000000000000000000000000000000-a.drv' as StorePath;

/** The work of a run that wants one step, and the events that it was told. */
function played(run: string, requestsFor: Work['requestsFor']) {
  const told: string[] = [];
  const work = {
    run,
    request: { keepGoing: false, priority: 0 },
    steps: [{ node: { path, name: 'a' } }],
    requestsFor,
    groups: [],
    stores: { whileHeld: (over: () => unknown) => over() },
    emit: ({ type }: { type: string }) => told.push(type),
    signal: new AbortController().signal,
  };
  return { told, work: work as unknown as Work };
}

it('a run that cannot be admitted takes no part in the steps that others want', async () => {
  const executor = new Executor({ hub: {} as DaemonStore, builders: [] });
  onTestFinished(() => executor.close());
  const broken = played('broken', () => {
    throw new Error('it cannot be asked for');
  });
  await expect(executor.carryOut(broken.work)).rejects.toThrow('it cannot be asked for');
  const whole = played('whole', () => [
    { id: path, system: 'x', requiredFeatures: [], dependencies: [], weight: undefined },
  ]);
  const results = await executor.carryOut(whole.work);
  expect([...results.values()]).toMatchObject([{ type: 'unsupported' }]);
  expect([broken.told, whole.told]).toEqual([[], ['step-ended']]);
});
