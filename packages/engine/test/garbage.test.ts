import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { killProcesses, withDescendants } from '../../../test/farm/processes.ts';
import type { RunEvent } from '../src/events.ts';
import { collectGarbage, FarmWorld, instantiate, machinesOf } from './farm-world.ts';
import { onceAt } from './once-at.ts';
import { pausingDaemon } from './pausing-daemon.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one' }, { name: 'two', features: ['two'] }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
  // The second builder is for the test that needs two.
  world.builders = world.builders.slice(0, 1);
});
afterEach(() => world[Symbol.asyncDispose]());

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
    const collecting = moments.map((moment) =>
      onceAt(moment, () => collectGarbage(farm, farm.hub.daemon)),
    );
    const onEvent = (event: RunEvent): void => collecting.forEach((hear) => hear(event));
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
  world.builders = machinesOf(farm.builder('one').machineLine);
  const onEvent = onceAt('planned', () => collectGarbage(farm, farm.builder('one').daemon));
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

it('garbage is collected everywhere while inputs and results are copied: nothing of them is lost', async () => {
  const [drv] = await instantiate(
    farm,
    `below = shell "below" "head -c 20000000 /dev/zero > $out" {};
     made = shell "made" "head -c 20000000 /dev/zero > $out; echo $below >> $out" { inherit below; };
     read = shell "read" "cat $made > $out" {
       inherit made; requiredSystemFeatures = [ "two" ]; };`,
    'read',
  );
  for (const { store } of world.builders) store.close();
  const lines = [farm.builder('one').fastMachineLine, farm.builder('two').machineLine];
  // Kept connections would hold roots of their own.
  world.builders = machinesOf(lines.join('\n'), { maximumAgeSeconds: 0 });
  const copies = new Set<number>();
  const report = await world.run([drv!], {
    onEvent: (event) => {
      if (event.type !== 'copy-progress' && event.type !== 'copy-ended') return;
      if (event.type === 'copy-progress' && (event.bytesDone === 0 || copies.has(event.copy)))
        return;
      copies.add(event.copy);
      for (const { daemon } of [...farm.builders, farm.hub]) collectGarbage(farm, daemon);
    },
  });
  expect(copies.size).toBe(2);
  expect(report).toMatchObject({ outcome: 'succeeded', uncollected: [] });
  expect(world.eventsOf('step-started')).toHaveLength(3);
});

it('the hub is killed and its garbage collected when a result has come home: it comes once more', async () => {
  const [early, late] = await instantiate(
    farm,
    `early = shell "early" "echo early > $out" {};
     late = shell "late" "sleep 2; echo late > $out" {};`,
    'early',
    'late',
  );
  const { daemon } = farm.hub;
  let back: Promise<void> | undefined;
  const report = await world.run([early!, late!], {
    onEvent: ({ type }) => {
      if (type !== 'output-collected' || back !== undefined) return;
      killProcesses(withDescendants([daemon.pid!]));
      collectGarbage(farm, daemon);
      back = daemon.start();
    },
  });
  await back;
  expect(report).toMatchObject({ outcome: 'succeeded', uncollected: [] });
  const files = report.roots.map(({ paths }) => daemon.realPath(paths[0]!.path));
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['early\n', 'late\n']);
  expect(world.eventsOf('step-started')).toHaveLength(2);
});
