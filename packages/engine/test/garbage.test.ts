import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { RunEvent } from '../src/events.ts';
import { collectGarbage, FarmWorld, instantiate, machinesOf } from './farm-world.ts';
import { pausingDaemon } from './pausing-daemon.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one' }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

/** Does something at the first event of each type. */
function onceAt(
  moments: readonly RunEvent['type'][],
  action: () => void,
): (event: RunEvent) => void {
  const left = new Set(moments);
  return ({ type }) => {
    if (left.delete(type)) action();
  };
}

it.each([
  { moments: ['poison-found'] },
  { moments: ['builder-ready', 'planned', 'step-started'] },
] as const)(
  'garbage of the hub is collected at the moment of $moments: the run has what it needs',
  async ({ moments }) => {
    const [name] = moments;
    const [x, b] = await instantiate(
      farm,
      `x = shell "x-${name}" "echo x > $out" {};
       b = shell "b-${name}" "cat $x $s > $out" { inherit x; s = builtins.toFile "${name}" "s"; };`,
      'x',
      'b',
    );
    await farm.hub.realise(x!);
    const onEvent = onceAt(moments, () => collectGarbage(farm, farm.hub.daemon));
    expect(await world.run([b!], { onEvent })).toMatchObject({ outcome: 'succeeded' });
  },
);

it('what the hub had when it was asked, and collected before it was kept, is built again', async () => {
  const [x, b] = await instantiate(
    farm,
    `x = shell "x-between" "echo x > $out" {};
     b = shell "b-between" "cat $x > $out" { inherit x; };`,
    'x',
    'b',
  );
  const [path] = await farm.hub.realise(x!);
  const { socket, localUri } = farm.hub.daemon;
  const pause = async (): Promise<void> => {
    const args = ['--delete', path!, '--store', localUri];
    await promisify(execFile)('nix-store', args, { env: farm.hub.env });
  };
  using pausing = await pausingDaemon(join(farm.folder, 'pausing'), socket, 'QueryMissing', pause);
  world.hub.close();
  world.hub = new DaemonStore(pausing.uri, { environment: farm.hub.env });
  const report = await world.run([b!]);
  expect(pausing.pauses).toBe(1);
  expect(report.outcome).toBe('succeeded');
  expect(report.steps.map(({ name }) => name)).toEqual(['x-between', 'b-between']);
});

it('garbage of a builder is collected once the run is planned: what was found there is only copied', async () => {
  const [inner, outer] = await instantiate(
    farm,
    `inner = shell "inner" "echo inner > $out" {};
     outer = shell "outer" "wc -c < $inner > $out" { inherit inner; };`,
    'inner',
    'outer',
  );
  await world.run([outer!]);
  for (const { store } of world.builders) store.close();
  world.builders = machinesOf(farm.machines);
  const onEvent = onceAt(['planned'], () => collectGarbage(farm, farm.builder('one').daemon));
  const report = await world.run([inner!], { onEvent });
  expect(report).toMatchObject({ outcome: 'succeeded', present: 1, steps: [], uncollected: [] });
  expect(world.eventsOf('output-lost')).toEqual([]);
});

it('garbage of a builder is collected between all steps: what they made and were sent stays there', async () => {
  const [drv] = await instantiate(
    farm,
    `a = shell "chain-a" "echo a > $out" {};
     b = shell "chain-b" "cat $a > $out" { inherit a; };
     c = shell "chain-c" "cat $a $b $s > $out" { inherit a b; s = builtins.toFile "sent" "s"; };`,
    'c',
  );
  // Kept connections would hold roots of their own.
  world.builders = world.builders.map(({ machine, store }) => {
    store.close();
    return { machine, store: new DaemonStore(machine, { maximumAgeSeconds: 0 }) };
  });
  const report = await world.run([drv!], {
    onEvent: ({ type }) => {
      if (type === 'step-started' || type === 'step-ended')
        collectGarbage(farm, farm.builder('one').daemon);
    },
  });
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('step-started')).toHaveLength(3);
  expect(world.eventsOf('attempt-lost')).toEqual([]);
});
