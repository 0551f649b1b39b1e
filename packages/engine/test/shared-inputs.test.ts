import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { killProcesses, processesOf, withDescendants } from '../../../test/farm/processes.ts';
import { FarmWorld, instantiate, outputOf } from './farm-world.ts';
import { onceAt } from './once-at.ts';
import { plant } from './plant.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'one', slots: 4, features: ['one'] },
      { name: 'two', slots: 4, features: ['two'] },
      { name: 'three', features: ['three'] },
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

const onOne = 'requiredSystemFeatures = [ "one" ];';
const onThree = 'requiredSystemFeatures = [ "three" ];';
const onTwo = 'requiredSystemFeatures = [ "two" ];';

it('an input that many steps of a builder read is sent there once, however many begin at a time', async () => {
  const drvs = await instantiate(
    farm,
    `base = shell "read-by-all" "head -c 40000000 /dev/zero > $out" { ${onOne} };
     reader = n: shell "reader-\${n}" "wc -c < $base > $out" { inherit base; ${onTwo} };`,
    'base',
    ...['1', '2', '3', '4', '5', '6', '7', '8'].map((n) => `(reader "${n}")`),
  );
  expect(await world.run(drvs.slice(1))).toMatchObject({ outcome: 'succeeded' });
  const base = await outputOf(farm, drvs[0]!);
  const sent = world.eventsOf('copy-progress').filter(({ path }) => path === base);
  expect(new Set(sent.map(({ copy }) => copy)).size).toBe(1);
  expect(sent[0]).toMatchObject({ from: world.store('one').name, to: world.store('two').name });
});

it('two steps that need the same lost input: it is built again once, for both', async () => {
  const [base, b, c] = await instantiate(
    farm,
    `base = shell "lost-base" "sleep 0.5; echo base > $out" { };
     gate = shell "gate" "sleep 3; echo gate > $out" { ${onTwo} };
     reader = name: shell name "cat $base $gate > $out" { inherit base gate; ${onTwo} };`,
    'base',
    '(reader "b")',
    '(reader "c")',
  );
  const [one, two] = world.builders;
  world.builders = [{ ...one!, machine: { ...one!.machine, speedFactor: 50 } }, two!];
  const { daemon } = farm.builder('one');
  const report = await world.run([b!, c!], {
    onEvent: (event) => {
      if (event.type !== 'step-ended' || event.step !== base) return;
      killProcesses(withDescendants([daemon.pid!]));
    },
  });
  await daemon.start();
  expect(report.outcome).toBe('succeeded');
  const builds = world.eventsOf('step-started').filter(({ step }) => step === base);
  expect(builds.map(({ builder }) => builder)).toEqual([one!.store.name, two!.store.name]);
});

it('an input that only the run had which went away is there before the step begins for the other', async () => {
  world.share();
  const [early, busy, reader] = await instantiate(
    farm,
    `had = shell "had" "echo > $out" { ${onThree} };
     early = shell "early" "cat $had > $out" { inherit had; };
     busy = shell "busy" "echo busy; sleep 7; echo > $out" { ${onThree} };
     gate = shell "gate" "echo begins; sleep 3; echo > $out" { ${onTwo} };
     reader = shell "reader" "cat $had $gate > $out" { inherit had gate; ${onTwo} };`,
    'early',
    'busy',
    'reader',
  );
  await world.run([early!]);
  const hasSaid = (line: string) => () =>
    world.eventsOf('step-log').some((event) => event.line === line);
  const others = [world.run([busy!])];
  await expect.poll(hasSaid('busy'), { timeout: 10_000 }).toBe(true);
  const stop = new AbortController();
  others.push(world.run([reader!], { signal: stop.signal }));
  await expect.poll(hasSaid('begins'), { timeout: 10_000 }).toBe(true);
  // As if the run were planned while nobody may use the builder that has the input.
  world.ledger.built.find = async () => new Map();
  const second = await world.run([reader!], { onEvent: onceAt('step-log', () => stop.abort()) });
  await Promise.all(others);
  expect(second.outcome).toBe('succeeded');
  expect(world.eventsOf('attempt-lost')).toEqual([]);
});

it('a run that fails does not wait for what is built again, which others build for themselves', async () => {
  const [base, reader, bad] = await instantiate(
    farm,
    `base = shell "again" "sleep 5; echo > $out" { };
     reader = shell "reads-again" "cat $base > $out" { inherit base; ${onTwo} };
     bad = shell "bad" "sleep 74 || exit 1" { ${onTwo} };`,
    'base',
    'reader',
    'bad',
  );
  const [one, two] = world.builders;
  world.builders = [{ ...one!, machine: { ...one!.machine, speedFactor: 50 } }, two!];
  world.patience = { ...world.patience, maximumFaults: 1 };
  world.share();
  const { daemon } = farm.builder('one');
  const first = world.run([reader!, bad!], {
    onEvent: (event) => {
      if (!('step' in event) || event.step !== base) return;
      if (event.type === 'step-ended') killProcesses(withDescendants([daemon.pid!]));
      if (event.type !== 'step-started' || event.builder === one!.machine.uri) return;
      const { pid } = processesOf(farm.folder).find(({ command }) => command === 'sleep 74')!;
      killProcesses([pid]);
    },
  });
  await expect.poll(() => world.eventsOf('step-started').length, { timeout: 10_000 }).toBe(2);
  const second = world.run([reader!]);
  expect((await first).outcome).toBe('failed');
  const builders = world
    .eventsOf('step-ended')
    .flatMap(({ step, result }) => (step === base && 'builder' in result ? [result.builder] : []));
  expect(new Set(builders)).toEqual(new Set([one!.machine.uri]));
  expect((await second).outcome).toBe('succeeded');
  await daemon.start();
});

it('what a builder changes after it built it goes nowhere, and no copy goes on beside that', async () => {
  const [drv, large, reader] = await instantiate(
    farm,
    `forged = shell "forged" "echo good > $out" { ${onOne} };
     large = shell "large" "head -c 300000000 /dev/zero > $out" { ${onThree} };
     reader = shell "reader" "cat $forged $large | wc -c > $out" { inherit forged large; ${onTwo} };`,
    'forged',
    'large',
    'reader',
  );
  const path = await outputOf(farm, drv!);
  world.patience = { ...world.patience, maximumFaults: 1 };
  let planting: Promise<void> | undefined;
  const report = await world.run([reader!], {
    onEvent: (event) => {
      if (event.type === 'step-ended' && event.step === drv)
        planting = plant(world.store('one'), path, 'evil');
    },
  });
  await planting;
  expect(report.outcome).toBe('failed');
  const [fault] = world.eventsOf('attempt-lost');
  expect(fault?.reason).toMatch(
    /forged' is not copied from .*: it has the hash sha256:\w+ there, not/,
  );
  const lastCopy = world.events.findLastIndex(({ type }) => type === 'copy-progress');
  expect(lastCopy).toBeLessThan(world.events.indexOf(fault!));
  for (const store of [world.hub, world.store('two')]) {
    expect((await store.validPaths([path, await outputOf(farm, large!)])).size).toBe(0);
  }
});
