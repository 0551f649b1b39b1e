import { setTimeout as sleep } from 'node:timers/promises';
import type { SchedulerEvent } from '@dispatch/scheduler/event';
import { expect, it, onTestFinished } from 'vitest';
import { MachineCalls, type MachineCallsOptions } from '../src/execute/machine-calls.ts';
import { machinesOf } from './farm-world.ts';

/** A simulated machine that answers unless it is away. */
class PlayedStore {
  isAway = true;
  readonly pool = {
    mustAnswer: async (): Promise<void> => {
      if (this.isAway) throw new Error('it is away');
    },
  };

  async facts(): Promise<object> {
    return {};
  }
}

/** Calls of simulated machines for one run with these stores, and what the scheduler is told. */
function played(
  { hub = new PlayedStore(), builder = new PlayedStore() },
  stores: Partial<Record<'loseBuilder' | 'recognise' | 'holdOn', () => Promise<void>>>,
): { readonly calls: MachineCalls; readonly told: () => string[] } {
  const told: SchedulerEvent[] = [];
  const options = {
    hub,
    builders: [{ machine: { uri: 'builder' }, store: builder }],
    parties: () => [{ stores: { loseBuilder: () => {}, ...stores }, emit: () => {} }],
    onAnswer: () => {},
    tell: (event: SchedulerEvent) => told.push(event),
  };
  const calls = new MachineCalls(options as unknown as MachineCallsOptions);
  onTestFinished(() => calls.close());
  return { calls, told: () => told.map(({ type }) => type) };
}

it('a builder that goes away again while its return is being dealt with is not told of as up', async () => {
  const store = new PlayedStore();
  const recognise = async (): Promise<void> => {
    store.isAway = true;
    await calls.isAway(store as never);
  };
  const { calls, told } = played({ builder: store }, { recognise });
  await calls.isAway(store as never);
  store.isAway = false;
  calls.callBuilderAfter(0, 'builder');
  // The scheduler has it called again only after the last one: a call that was due earlier found one under
  // way.
  await expect.poll(told).toEqual(['builder-down', 'builder-down', 'builder-down']);
});

it('a hub that goes away again while its return is being dealt with is not told of as up', async () => {
  const hub = new PlayedStore();
  const holdOn = async (): Promise<void> => {
    hub.isAway = true;
    await calls.suspect(new Set());
  };
  const { calls, told } = played({ hub }, { holdOn });
  await calls.suspect(new Set());
  hub.isAway = false;
  await calls.callHub();
  expect(told()).toEqual(['hub-down', 'hub-down']);
});

it('what is to be done later than any timer ends is not done at once', async () => {
  const { calls } = played({}, {});
  let isDone = false;
  calls.after(2 ** 31, () => (isDone = true));
  await sleep(50);
  expect(isDone).toBe(false);
});

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
