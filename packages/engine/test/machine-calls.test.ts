import { setTimeout as sleep } from 'node:timers/promises';
import type { SchedulerEvent } from '@dispatch/scheduler/event';
import { expect, it, onTestFinished } from 'vitest';
import { MachineCalls } from '../src/execute/machine-calls.ts';
import { machinesOf } from './farm-world.ts';

it('a call of a builder takes the place of the one that was to come', async () => {
  const uri = 'unix:///nowhere/socket';
  const builders = machinesOf(`${uri} - - 4`);
  const told: SchedulerEvent[] = [];
  const calls = new MachineCalls({
    hub: builders[0]!.store,
    builders,
    parties: () => [],
    onAnswer: () => {},
    tell: (event) => told.push(event),
  });
  onTestFinished(() => calls.close());
  calls.callBuilderAfter(200, uri);
  calls.callBuilderAfter(60_000, uri);
  calls.callBuilderAfter(0, uri);
  await expect.poll(() => told).toMatchObject([{ type: 'builder-down', builder: uri }]);
  await sleep(400);
  expect(told).toHaveLength(1);
});
