import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Builder } from '../../../test/farm/builder.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { NixDaemon } from '../../../test/farm/nix-daemon.ts';
import { killProcesses, withDescendants } from '../../../test/farm/processes.ts';
import type { RunEvent } from '../src/events.ts';
import { FarmWorld, instantiate, machinesOf } from './farm-world.ts';
import { faultyDaemon } from './faulty-daemon.ts';
import { onceAt } from './once-at.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 2 }, { name: 'two' }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

/**
 * Gives a listener that kills a daemon once a build says something, and starts it again so many
 * milliseconds later.
 */
function awayInMidBuild(daemon: NixDaemon, milliseconds: number): (event: RunEvent) => void {
  return onceAt('step-log', () => {
    killProcesses(withDescendants([daemon.pid!]));
    setTimeout(() => void daemon.start(), milliseconds);
  });
}

it('a builder that breaks while it is asked what it has: what it does not build either is built by others', async () => {
  const [drv] = await instantiate(farm, 'a = shell "planned" "echo a > $out" {};', 'a');
  using faulty = await faultyDaemon(
    join(farm.folder, 'planned'),
    farm.builder('one').daemon.socket,
    'QueryValidPaths',
    '',
  );
  world.builders = [...machinesOf(`${faulty.uri} - - 4 100`), ...world.builders];
  const report = await world.run([drv!]);
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('builder-unusable')).toEqual([]);
});

it.each([
  ['garbage', '220 mail.example.org ready and waiting for you'],
  ['nothing', ''],
])('a builder that answers a build with %s: the build is done elsewhere', async (kind, bytes) => {
  const [drv] = await instantiate(farm, `a = shell "answer-${kind}" "echo a > $out" {};`, 'a');
  using faulty = await faultyDaemon(
    join(farm.folder, kind),
    farm.builder('one').daemon.socket,
    'BuildDerivation',
    bytes,
  );
  world.builders = [...machinesOf(`${faulty.uri} - - 4 100`), ...world.builders];
  const report = await world.run([drv!]);
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('attempt-lost')).toMatchObject([{ builder: faulty.uri }]);
});

it('the only builder dies in mid-build and stays away: the run ends and says so', async () => {
  const [drv] = await instantiate(
    farm,
    'a = shell "only" "echo begins; sleep 60" {}; b = shell "after-only" "echo $a > $out" { inherit a; };',
    'b',
  );
  world.builders = world.builders.slice(1);
  world.patience = { ...world.patience, maximumProbes: 1 };
  const { daemon } = farm.builder('two');
  const report = await world.run([drv!], {
    onEvent: (event) => {
      if (event.type === 'step-log') killProcesses(withDescendants([daemon.pid!]));
    },
  });
  await daemon.start();
  expect(report.outcome).toBe('failed');
  const [first, second] = [...report.results.values()];
  expect(first).toMatchObject({
    type: 'unsupported',
    obstacles: [{ obstacles: [{ type: 'down', reason: expect.stringMatching(/cannot reach/) }] }],
  });
  expect(second).toMatchObject({ type: 'dependency-failed' });
  expect(world.eventsOf('attempt-lost')).toHaveLength(1);
  const [record] = await world.ledger.runs.recent(1);
  expect(record).toMatchObject({ state: 'failed' });
});

it('the only builder dies in mid-build and comes back a second later: the build is done there', async () => {
  const [drv] = await instantiate(
    farm,
    'a = shell "comes-back" "echo begins; sleep 1; echo a > $out" {};',
    'a',
  );
  world.builders = world.builders.slice(1);
  const { daemon } = farm.builder('two');
  const report = await world.run([drv!], { onEvent: awayInMidBuild(daemon, 1000) });
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('attempt-lost')).toHaveLength(1);
});

it('the hub is away for two seconds: nothing starts meanwhile, and nothing is given up', async () => {
  const [drv] = await instantiate(
    farm,
    `a = shell "before-hub" "echo begins; sleep 0.5; echo a > $out" {};
     b = shell "needs-hub" "cat $a $source > $out" { inherit a; source = builtins.toFile "from-hub" "x"; };`,
    'b',
  );
  const report = await world.run([drv!], { onEvent: awayInMidBuild(farm.hub.daemon, 2000) });
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('hub-away')).toHaveLength(1);
  expect(world.eventsOf('hub-back')).toHaveLength(1);
  expect(world.eventsOf('attempt-lost').length).toBeLessThan(3);
});

it('the hub, a builder too, is away for a while: what it holds is not built again', async () => {
  const [held, drv] = await instantiate(
    farm,
    `held = shell "held-by-hub" "echo held > $out" {};
     a = shell "before-both" "echo begins; sleep 0.5; echo a > $out" {};
     b = shell "needs-both" "cat $a $held > $out" { inherit a held; };`,
    'held',
    'b',
  );
  await farm.hub.realise(held!);
  const [line] = machinesOf('x - - 1').map(({ machine }) => machine);
  const hub = { machine: { ...line!, uri: world.hub.name }, store: world.hub };
  world.builders = [...machinesOf(farm.machines), { ...hub, stepsInFor: 'unfit' }];
  const report = await world.run([drv!], { onEvent: awayInMidBuild(farm.hub.daemon, 1000) });
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('hub-back')).toHaveLength(1);
  expect(world.eventsOf('builder-unusable')).toEqual([]);
  expect(world.eventsOf('step-started').map(({ name }) => name)).not.toContain('held-by-hub');
});

it('no builder answers: the run ends with the reason of each', async () => {
  const [drv] = await instantiate(farm, 'a = shell "nobody" "echo a > $out" {};', 'a');
  world.builders = machinesOf(`unix://${farm.folder}/x - - 4\nunix://${farm.folder}/y - - 4`);
  const report = await world.run([drv!]);
  expect(report.outcome).toBe('failed');
  expect([...report.results.values()]).toMatchObject([
    {
      type: 'unsupported',
      obstacles: [{ builder: `unix://${farm.folder}/x` }, { builder: `unix://${farm.folder}/y` }],
    },
  ]);
});

it('a builder dies while its result is copied to the hub: it says which, and later finds it there', async () => {
  const [drv] = await instantiate(
    farm,
    'a = shell "large" "head -c 200000000 /dev/zero > $out" {};',
    'a',
  );
  world.builders = world.builders.slice(1);
  world.patience = { ...world.patience, maximumProbes: 1 };
  const { daemon, uri } = farm.builder('two');
  const first = daemon.pid!;
  const running = world.run([drv!], {
    onEvent: ({ type }) => {
      if (type === 'step-ended') setTimeout(() => killProcesses(withDescendants([first])), 20);
    },
  });
  const report = await running;
  expect(report).toMatchObject({ outcome: 'failed', uncollected: [] });
  expect(world.eventsOf('output-lost')).toMatchObject([
    { reason: expect.stringMatching(`(lost the connection to|cannot reach) ${uri}`) },
  ]);
  expect([...report.results.values()]).toMatchObject([{ type: 'unsupported' }]);
  expect(await world.ledger.runs.recent(1)).toMatchObject([{ state: 'failed' }]);
  await daemon.start();
  const again = await world.run([drv!]);
  expect(again).toMatchObject({ outcome: 'succeeded', present: 1 });
});

it('a builder dies while its result is copied to the hub: it is built again elsewhere, beside a failure', async () => {
  const [large, bad] = await instantiate(
    farm,
    `a = shell "large-again" "head -c 200000000 /dev/zero > $out" {};
     b = shell "bad" "exit 1" {};`,
    'a',
    'b',
  );
  let lost: Builder | undefined;
  const report = await world.run([large!, bad!], {
    keepGoing: true,
    onEvent: (event) => {
      if (event.type !== 'copy-progress' || event.bytesDone === 0 || lost !== undefined) return;
      lost = farm.builders.find(({ uri }) => uri === event.from);
      killProcesses(withDescendants([lost!.daemon.pid!]));
    },
  });
  await lost!.daemon.start();
  expect(world.eventsOf('output-lost')).toHaveLength(1);
  expect(report).toMatchObject({ outcome: 'failed', uncollected: [] });
  expect(report.results.get(bad!)).toMatchObject({ type: 'failed' });
  const other = farm.builders.find((builder) => builder !== lost)!;
  expect(report.results.get(large!)).toMatchObject({ type: 'succeeded', builder: other.uri });
  const path = report.roots[0]!.paths[0]!.path;
  expect((await world.hub.validPaths([path])).size).toBe(1);
});

it.each([
  ['goes down', true],
  ['goes on', false],
])('a build that is told to end, and its machine %s', async (word, goesDown) => {
  // The first process of a sandbox ignores such a signal; its children do not.
  const script = `echo begins; sh -c 'kill -TERM \\$\\$'`;
  const [drv] = await instantiate(
    farm,
    `a = shell "terminated" "${script}" { w = "${word}"; };`,
    'a',
  );
  const [one, two] = world.builders;
  world.builders = [one!, { ...two!, machine: { ...two!.machine, speedFactor: 50 } }];
  world.patience = { ...world.patience, maximumFaults: 1, maximumProbes: 0 };
  const { daemon, uri } = farm.builder('two');
  const pid = daemon.pid!;
  const report = await world.run([drv!], {
    onEvent: ({ type }) => {
      if (type === 'step-log' && goesDown)
        setTimeout(() => killProcesses(withDescendants([pid])), 500);
    },
  });
  if (goesDown) await daemon.start();
  const [result] = [...report.results.values()];
  expect(result).toMatchObject({ type: goesDown ? 'faults-exhausted' : 'failed' });
  const record = await world.ledger.runs.get(report.run);
  const logFile = expect.stringContaining('-terminated.drv');
  expect(record?.steps).toMatchObject([{ status: 'failed', builder: uri, logFile }]);
});
