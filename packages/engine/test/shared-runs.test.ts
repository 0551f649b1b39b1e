import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { processesOf } from '../../../test/farm/processes.ts';
import type { RunEvent } from '../src/events.ts';
import { noBuildSettings } from '../src/execute/build-settings.ts';
import { FarmWorld, instantiate, machinesOf, resultOf } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'one', slots: 2 },
      { name: 'two', slots: 1, features: ['two'] },
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
  world.share();
});
afterEach(() => world[Symbol.asyncDispose]());

/** Collects what one run hears of a step, and tells when it has heard a line of its log. */
class Ear {
  readonly events: RunEvent[] = [];
  readonly #waiting = new Map<string, () => void>();

  readonly onEvent = (event: RunEvent): void => {
    this.events.push(event);
    if (event.type === 'step-log') this.#waiting.get(event.line)?.();
  };

  heard(line: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(line, resolve));
  }

  /** What was heard of the step of this name, in short. */
  of(name: string): string[] {
    return this.events.flatMap((event) => {
      if (!('name' in event) || event.name !== name) return [];
      if (event.type === 'step-log') return [event.line];
      return event.type === 'step-ended' ? [`${event.type} ${event.result.type}`] : [event.type];
    });
  }
}

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

it('two runs want a step: it is built once, and the second hears of it from its beginning', async () => {
  const [first, second] = await instantiate(
    farm,
    `a = shell "shared" "seq 1 3000; sleep 4; seq 3001 3002; date +%N > $out" {};
     b = shell "first" "cat $a > $out" { inherit a; };
     c = shell "second" "cat $a > $out" { inherit a; requiredSystemFeatures = [ "two" ]; };`,
    'b',
    'c',
  );
  const [early, late] = [new Ear(), new Ear()];
  const running = world.run([first!], { onEvent: early.onEvent });
  await early.heard('3000');
  const reports = await Promise.all([running, world.run([second!], { onEvent: late.onEvent })]);
  expect(reports.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
  const whole = ['step-started', ...lines(1, 3002), 'step-ended succeeded'];
  expect(early.of('shared')).toEqual(whole);
  expect(late.of('shared')).toEqual(whole);
  const [one, other] = await Promise.all([first, second].map((drv) => resultOf(farm, drv!)));
  expect(one).toBe(other);
  for (const { run } of reports) {
    const record = await world.ledger.runs.get(run);
    expect(record?.steps[0]).toMatchObject({ name: 'shared', status: 'built' });
  }
});

it('a run that comes when a step is built already has it, and its log', async () => {
  const [first, second] = await instantiate(
    farm,
    `a = shell "done" "echo says; echo a > $out" {};
     b = shell "slow" "echo begins; sleep 4; cat $a > $out" { inherit a; };
     c = shell "after" "cat $a > $out" { inherit a; };`,
    'b',
    'c',
  );
  const [early, late] = [new Ear(), new Ear()];
  const running = world.run([first!], { onEvent: early.onEvent });
  await early.heard('begins');
  // As if the second run were planned before the first one built it.
  world.ledger.built.find = async () => new Map();
  const report = await world.run([second!], { onEvent: late.onEvent });
  expect(report.outcome).toBe('succeeded');
  expect(late.of('done')).toEqual(['step-started', 'says', 'step-ended succeeded']);
  expect((await running).outcome).toBe('succeeded');
});

it('the run that began a step is cancelled: the build goes on for the other', async () => {
  const [first, second] = await instantiate(
    farm,
    `a = shell "wanted-on" "echo begins; sleep 4; echo a > $out" {};
     b = shell "after-a" "cat $a > $out" { inherit a; };`,
    'a',
    'b',
  );
  const [early, late] = [new Ear(), new Ear()];
  const stop = new AbortController();
  const running = world.run([first!], { onEvent: early.onEvent, signal: stop.signal });
  await early.heard('begins');
  const other = world.run([second!], { onEvent: late.onEvent });
  await late.heard('begins');
  const began = performance.now();
  stop.abort();
  expect((await running).outcome).toBe('cancelled');
  expect(performance.now() - began).toBeLessThan(1000);
  expect((await other).outcome).toBe('succeeded');
  expect(late.of('wanted-on')).toEqual(['step-started', 'begins', 'step-ended succeeded']);
});

it('both runs are cancelled: the build that they shared is stopped', async () => {
  const [drv] = await instantiate(farm, 'a = shell "unwanted" "echo begins; sleep 63" {};', 'a');
  const ears = [new Ear(), new Ear()];
  const stop = new AbortController();
  const heard = ears.map((ear) => ear.heard('begins'));
  const runs = ears.map(({ onEvent }) => world.run([drv!], { onEvent, signal: stop.signal }));
  await Promise.all(heard);
  stop.abort();
  const reports = await Promise.all(runs);
  expect(reports.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled']);
  const sleeping = () => processesOf(farm.folder).filter(({ command }) => command === 'sleep 63');
  await expect.poll(sleeping).toEqual([]);
});

it('whoever listens to one run throws: the other, which wants the same, goes on', async () => {
  const [drv] = await instantiate(
    farm,
    'a = shell "overheard" "echo begins; sleep 3; echo a > $out" {};',
    'a',
  );
  const ear = new Ear();
  const deaf = world.run([drv!], {
    onEvent: (event) => {
      if (event.type === 'step-log') throw new Error('cannot listen');
    },
  });
  const running = world.run([drv!], { onEvent: ear.onEvent });
  await expect(deaf).rejects.toThrow('cannot listen');
  expect((await running).outcome).toBe('succeeded');
  expect(ear.of('overheard').at(-1)).toBe('step-ended succeeded');
  expect(ear.of('overheard')).not.toContain('attempt-lost');
});

it('two runs never use more of a builder than it offers', async () => {
  const names = lines(1, 12);
  const recipes = names.map((n) => `s${n} = shell "slot-${n}" "sleep 0.3; echo ${n} > $out" {};`);
  const drvs = await instantiate(farm, recipes.join('\n'), ...names.map((n) => `s${n}`));
  const running = new Map(farm.builders.map(({ uri }) => [uri, new Set<string>()]));
  const seen = new Set<string>();
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'step-started') running.get(event.builder)?.add(event.step);
    if (event.type === 'step-ended') for (const steps of running.values()) steps.delete(event.step);
    seen.add([...running.values()].map(({ size }) => size).join(' and '));
  };
  const reports = await Promise.all([
    world.run(drvs.slice(0, 8), { onEvent }),
    world.run(drvs.slice(4), { onEvent }),
  ]);
  expect(reports.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
  const possible = ['0 and 0', '0 and 1', '1 and 0', '1 and 1', '2 and 0', '2 and 1'];
  expect(possible).toEqual(expect.arrayContaining([...seen]));
  expect(seen).toContain('2 and 1');
});

it('a build that two runs want gets the time of the more patient one', async () => {
  const [drv] = await instantiate(
    farm,
    'a = shell "patient" "echo begins; sleep 3; echo a > $out" {};',
    'a',
  );
  const ear = new Ear();
  const hasty = { ...noBuildSettings, timeout: 1 };
  const first = world.run([drv!], { settings: hasty, onEvent: ear.onEvent });
  await ear.heard('begins');
  const second = world.run([drv!], { settings: { ...noBuildSettings, timeout: 60 } });
  const reports = await Promise.all([first, second]);
  expect(reports.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
  expect(ear.of('patient').filter((word) => word === 'attempt-lost')).toHaveLength(1);
});

it('a builder that does not answer costs all runs together one connect limit', async () => {
  const accepted: Socket[] = [];
  const socket = `${farm.folder}/silent`;
  const server = createServer((client) => void accepted.push(client)).listen(socket);
  world.builders = [...machinesOf(`unix://${socket} - - 4 100`), ...world.builders];
  world.share();
  const drvs = await instantiate(
    farm,
    'a = n: shell "beside-${n}" "echo a > $out" {};',
    ...lines(1, 3).map((n) => `(a "${n}")`),
  );
  const began = performance.now();
  await Promise.all([world.run([drvs[0]!]), world.run([drvs[1]!])]);
  expect(performance.now() - began).toBeLessThan(9000);
  const later = performance.now();
  expect((await world.run([drvs[2]!])).outcome).toBe('succeeded');
  expect(performance.now() - later).toBeLessThan(3000);
  expect(world.eventsOf('builder-unusable')).toHaveLength(3);
  for (const client of accepted) client.destroy();
  server.close();
});
