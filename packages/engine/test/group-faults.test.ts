import { deferred } from '@dispatch/builders/deferred';
import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Builder } from '../../../test/farm/builder.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { memberBuilder } from '../../../test/farm/group-builders.ts';
import { processesOf } from '../../../test/farm/processes.ts';
import type { RunEvent } from '../src/events.ts';
import { usualGroupPolicy } from '../src/groups/group-policy.ts';
import { FarmWorld, instantiate } from './farm-world.ts';
import { memberOutputsIn, statesIn } from './group-outcomes.ts';
import { groupOf, meet } from './group-recipes.ts';
import { onceAt, onceWhen } from './once-at.ts';
import { plant } from './plant.ts';

let farm: Farm;
let world: FarmWorld;

const names = ['one', 'two', 'three'];

beforeAll(async () => {
  farm = await startFarm({
    builders: names.map((name) => memberBuilder({ name })),
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

const hasBegun = (event: RunEvent): boolean => event.type === 'step-log' && event.line === 'begins';

const sleeping = (seconds: number): number =>
  processesOf(farm.folder).filter(({ command }) => command === `sleep ${seconds}`).length;

it('a run that is stopped stops its group, and the next attempt is all new', async () => {
  const script = 'echo begins; sleep 71; echo > $out';
  const [join] = await instantiate(farm, groupOf('stopped', { one: script, two: script }), 'join');
  const stop = new AbortController();
  const onEvent = onceAt('step-log', () => stop.abort());
  const report = await world.run([join!], { signal: stop.signal, onEvent });
  expect(report.outcome).toBe('cancelled');
  expect(await statesIn(world)).toEqual(['cancelled']);
  await expect.poll(() => sleeping(71)).toBe(0);
  expect(world.eventsOf('group-ended')).toMatchObject([{ outcome: 'cancelled' }]);

  const again = new AbortController();
  await world.run([join!], {
    signal: again.signal,
    onEvent: onceAt('group-started', () => again.abort()),
  });
  const [first, second] = memberOutputsIn(world);
  expect(new Set([...first!, ...second!]).size).toBe(4);
});

it('a machine that is lost loses the group, which is tried once more on new paths', async () => {
  const script = 'echo begins; sleep 2; echo fine > $out';
  const [join] = await instantiate(farm, groupOf('lost', { one: script, two: script }), 'join');
  let lost: Promise<void> | undefined;
  const onEvent = onceAt('step-log', () => {
    const [place] = world.eventsOf('group-reserved')[0]!.places;
    const builder = farm.builders.find(({ uri }) => uri === place!.builder);
    lost = builder!.crash().then(() => builder!.start());
  });
  const report = await world.run([join!], { onEvent });
  await lost;
  expect(report.outcome).toBe('succeeded');
  expect(await statesIn(world)).toEqual(['lost', 'committed']);
  const [first, second] = memberOutputsIn(world);
  expect(new Set([...first!, ...second!]).size).toBe(4);
  expect([...report.results.values()].map(({ type }) => type)).toEqual(
    Array.from({ length: 3 }, () => 'succeeded'),
  );
});

it('two runs that want one group share its only attempt', async () => {
  world.share();
  const script = 'echo begins; sleep 1; echo fine > $out';
  const [join] = await instantiate(farm, groupOf('shared', { one: script, two: script }), 'join');
  let second: ReturnType<FarmWorld['run']> | undefined;
  const heard: string[] = [];
  const onEvent = onceAt('step-log', () => {
    second = world.run([join!], { onEvent: ({ type }) => void heard.push(type) });
  });
  const first = await world.run([join!], { onEvent });
  expect([first.outcome, (await second!).outcome]).toEqual(['succeeded', 'succeeded']);
  expect(await statesIn(world)).toEqual(['committed']);
  const groupEvents = heard.filter((type) => type.startsWith('group-') && type !== 'group-call');
  expect(groupEvents).toEqual([
    'group-reserved',
    'group-started',
    'group-committing',
    'group-ended',
  ]);
});

it('one of two runs is stopped that share a group: it goes on for the other', async () => {
  world.share();
  const script = 'echo begins; sleep 1; echo fine > $out';
  const [join] = await instantiate(farm, groupOf('left', { one: script, two: script }), 'join');
  const stop = new AbortController();
  let second: ReturnType<FarmWorld['run']> | undefined;
  const onEvent = onceAt('step-log', () => {
    second = world.run([join!], { onEvent: onceAt('group-started', () => stop.abort()) });
  });
  const first = await world.run([join!], { onEvent, signal: stop.signal });
  expect([first.outcome, (await second!).outcome]).toEqual(['cancelled', 'succeeded']);
  expect(await statesIn(world)).toEqual(['committed']);
});

it('a run that comes while the group of another is being stopped begins one of its own', async () => {
  world.share();
  const script = `${meet} hello; call list; echo begins; sleep 2; echo fine > $out`;
  const [join] = await instantiate(farm, groupOf('leaving', { one: script, two: script }), 'join');
  const groups = { leaving: { ...usualGroupPolicy, graceSeconds: 1 } };
  const stop = new AbortController();
  const begun = new Set<string>();
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'step-log' && event.line === 'begins') begun.add(event.step);
    if (begun.size === 2) stop.abort();
  };
  const first = world.run([join!], { groups, onEvent, signal: stop.signal });
  await expect.poll(() => stop.signal.aborted, { timeout: 10_000 }).toBe(true);
  const second = await world.run([join!], { groups });
  expect([(await first).outcome, second.outcome]).toEqual(['cancelled', 'succeeded']);
  expect(await statesIn(world)).toEqual(['cancelled', 'committed']);
});

it('the last to be stopped that wants a group hears how it ended, though another run begins one of its own', async () => {
  world.share();
  const script = 'echo begins; sleep 2; echo fine > $out';
  const [join] = await instantiate(farm, groupOf('parting', { one: script, two: script }), 'join');
  const stop = new AbortController();
  const { signal } = stop;
  const heard: string[] = [];
  const hear = (event: RunEvent): void => {
    if (event.type === 'group-ended') heard.push(event.outcome);
  };
  const later: ReturnType<FarmWorld['run']>[] = [];
  // The third run is planned while the group is good, and begins only when it no longer is.
  const third = (): unknown =>
    later.push(world.run([join!], { onEvent: onceAt('planned', () => stop.abort()) }));
  const share = onceAt('group-started', third);
  const second = (): unknown =>
    later.push(
      world.run([join!], {
        signal,
        onEvent: (event) => {
          hear(event);
          share(event);
        },
      }),
    );
  const first = await world.run([join!], { signal, onEvent: onceAt('step-log', second) });
  const last = await Promise.all(later);
  expect([first, ...last].map(({ outcome }) => outcome)).toEqual([
    'cancelled',
    'cancelled',
    'succeeded',
  ]);
  expect(heard).toEqual(['cancelled']);
});

/** Makes the sockets of all machines losable; gives a function that loses them. */
function losableSockets(): () => void {
  const losses: (() => void)[] = [];
  for (const { store } of world.builders) {
    const listen = store.listen.bind(store);
    store.listen = async (...words) => {
      const socket = await listen(...words);
      const lost = deferred<Error>();
      losses.push(() => {
        void socket.close();
        lost.resolve(new Error('the link broke'));
      });
      return { path: socket.path, lost: lost.promise, close: () => socket.close() };
    };
  }
  return () => losses.splice(0).forEach((lose) => lose());
}

it('a member that has called and loses its way to the others is lost, and has not failed', async () => {
  const lose = losableSockets();
  const script = `${meet} hello; call list; sleep 1; call sync/ready -XPOST; echo > $out`;
  const [join] = await instantiate(farm, groupOf('cut', { one: script, two: script }), 'join');
  const report = await world.run([join!], { onEvent: onceAt('group-call', lose) });
  expect(world.eventsOf('group-ended')[0]).toMatchObject({
    outcome: 'lost',
    cause: { reason: expect.stringContaining('lost its meeting place') },
  });
  expect(report.outcome).toBe('succeeded');
  expect(await statesIn(world)).toEqual(['lost', 'committed']);
});

it('members that never called need no way to the others', async () => {
  const lose = losableSockets();
  const script = 'echo begins; sleep 1; echo > $out';
  const [join] = await instantiate(farm, groupOf('mute', { one: script, two: script }), 'join');
  await world.run([join!], { onEvent: onceAt('step-log', lose) });
  expect(await statesIn(world)).toEqual(['committed']);
});

it('a member whose outputs were there already was not in the test', async () => {
  const [join] = await instantiate(
    farm,
    `slow = shell "slow" "sleep 2; echo > $out" {};
     ${groupOf('planted', { one: 'cat $slow; echo > $out', two: 'echo > $out' }, 'inherit slow;')}`,
    'join',
  );
  const planting: Promise<void>[] = [];
  const onEvent = onceAt('planned', () => {
    const [[path]] = memberOutputsIn(world) as [[StorePath]];
    for (const name of names) planting.push(plant(world.store(name), path, 'planted'));
  });
  const report = await world.run([join!], { onEvent });
  await Promise.all(planting);
  expect(report.outcome).toBe('succeeded');
  expect(await statesIn(world)).toEqual(['lost', 'committed']);
  expect(world.eventsOf('group-ended')[0]!.cause!.reason).toContain('AlreadyValid');
});

it('a group that takes longer than it may has failed', async () => {
  const scripts = { quick: 'echo > $out', slow: 'sleep 72' };
  const [join] = await instantiate(farm, groupOf('long', scripts), 'join');
  const groups = { long: { ...usualGroupPolicy, runSeconds: 1 } };
  const report = await world.run([join!], { groups });
  expect(report.outcome).toBe('failed');
  expect(world.eventsOf('group-ended')).toMatchObject([
    { outcome: 'failed', cause: { member: 'slow', reason: expect.stringContaining('1 s') } },
  ]);
  await expect.poll(() => sleeping(72)).toBe(0);
});

it('members that hear of a failure have a while to put things in order', async () => {
  const hears = `${meet} hello; call sync/begin -XPOST; call wait/never || { sleep 1; echo in order; }; exit 1`;
  const scripts = {
    bad: `${meet} hello; call sync/begin -XPOST; exit 1`,
    hears,
    deaf: `${meet} hello; call sync/begin -XPOST; sleep 73`,
  };
  const [join] = await instantiate(farm, groupOf('grace', scripts), 'join');
  const groups = { grace: { ...usualGroupPolicy, graceSeconds: 2 } };
  const report = await world.run([join!], { groups });
  expect(report.outcome).toBe('failed');
  expect(world.eventsOf('step-log').map(({ line }) => line)).toContain('in order');
  expect(world.eventsOf('group-ended')).toMatchObject([{ cause: { member: 'bad' } }]);
  await expect.poll(() => sleeping(73)).toBe(0);
});

it('what counted and was lost before it was used is made anew by a whole new attempt', async () => {
  const scripts = { one: 'echo > $out', two: 'echo > $out' };
  // Two steps need both members: the first of them to fail stops the other.
  const recipe = `other = shell "other" "cat $two > $out" { dispatchJoin = "gone"; inherit one two; };
    ${groupOf('gone', scripts)}`;
  const drvs = await instantiate(farm, recipe, 'join', 'other');
  const works: Promise<void>[] = [];
  const used = (): Builder[] => {
    const { places } = world.eventsOf('group-reserved')[0]!;
    return farm.builders.filter(({ uri }) => places.some(({ builder }) => builder === uri));
  };
  const crash = onceAt('group-ended', () => works.push(...used().map((one) => one.crash())));
  const restart = onceAt('inputs-lost', () => works.push(...used().map((one) => one.start())));
  const onEvent = (event: RunEvent): void => [crash, restart].forEach((hear) => hear(event));
  const report = await world.run(drvs, { onEvent });
  await Promise.all(works);
  expect(report.outcome).toBe('succeeded');
  const [first, second] = memberOutputsIn(world);
  expect(new Set([...first!, ...second!]).size).toBe(4);
  expect(await statesIn(world)).toEqual(['committed', 'committed']);
});

it.each(['begin', 'end'] as const)(
  'an attempt of which the ledger does not take the %s is lost, and tried once more',
  async (call) => {
    const { groups } = world.ledger;
    const real = groups[call].bind(groups) as (...words: unknown[]) => Promise<void>;
    let faults = 0;
    groups[call] = async (...words: unknown[]): Promise<void> => {
      faults += 1;
      if (faults === 1) throw new Error('no space left on device');
      await real(...words);
    };
    const scripts = { one: 'echo > $out', two: 'echo > $out' };
    const [join] = await instantiate(farm, groupOf(`unwritten-${call}`, scripts), 'join');
    expect(await world.run([join!])).toMatchObject({ outcome: 'succeeded' });
    expect(world.eventsOf('group-ended')).toMatchObject([
      { outcome: 'lost', cause: { reason: expect.stringContaining('no space left') } },
      { outcome: 'committed' },
    ]);
    expect(await statesIn(world)).toEqual(call === 'begin' ? ['committed'] : ['lost', 'committed']);
    const [first, second] = memberOutputsIn(world);
    expect(new Set([...first!, ...second!]).size).toBe(call === 'begin' ? 2 : 4);
  },
);

it('a run that begins when the group is over in which it was to take part has tried nothing yet', async () => {
  world.share();
  const script = 'echo begins; sleep 1; echo fine > $out';
  const [join] = await instantiate(farm, groupOf('late', { one: script, two: script }), 'join');
  const groups = { late: { ...usualGroupPolicy, retries: 0 } };
  const { runs } = world.ledger;
  const begin = runs.begin.bind(runs);
  const stop = new AbortController();
  let late: ReturnType<FarmWorld['run']> | undefined;
  const onEvent = onceAt('step-log', () => {
    runs.begin = async (start) => {
      stop.abort();
      await first;
      await begin(start);
    };
    late = world.run([join!], { groups });
  });
  const first = world.run([join!], { groups, onEvent, signal: stop.signal });
  expect((await first).outcome).toBe('cancelled');
  expect((await late!).outcome).toBe('succeeded');
  expect(await statesIn(world)).toEqual(['cancelled', 'committed']);
  expect(world.eventsOf('group-ended').map(({ isTaken }) => isTaken)).toEqual([
    undefined,
    true,
    undefined,
  ]);
});

it.each([
  ['before', 'exit 1'],
  ['after', 'sleep 7; exit 1'],
])(
  'a run that keeps going tries a lost group again, and nothing that failed %s it',
  async (_, fails) => {
    const waits = 'echo begins; sleep 5; echo fine > $out';
    const recipe = `bad = shell "bad" "${fails}" {}; onBad = shell "on-bad" "cat $bad > $out" { inherit bad; };
    both = shell "both" "cat $bad $good > $out" { inherit bad; good = good.join; };
    good = rec { ${groupOf('good', { one: waits, two: waits })} };
    vain = rec { ${groupOf('vain', { one: 'exit 1', two: 'echo > $out' })} };`;
    const roots = ['good.join', 'vain.join', 'bad', 'onBad', 'both'];
    const drvs = await instantiate(farm, recipe, ...roots);
    const works: Promise<void>[] = [];
    const onEvent = onceWhen(hasBegun, () => {
      const group = world.eventsOf('planned')[0]!.groups.find(({ name }) => name === 'good')!;
      const { places } = world
        .eventsOf('group-reserved')
        .find(({ group: path }) => path === group.group)!;
      const builder = farm.builders.find(({ uri }) => uri === places[0]!.builder)!;
      works.push(builder.crash().then(() => builder.start()));
    });
    const report = await world.run(drvs, { keepGoing: true, onEvent });
    await Promise.all(works);
    expect(report.outcome).toBe('failed');
    const last = world.eventsOf('planned').at(-1)!;
    expect(last.steps.map(({ name }) => name).toSorted()).toEqual(['good', 'good-one', 'good-two']);
    const came = report.roots.map(({ path }) => report.results.get(path)?.type);
    expect(came).toEqual([
      'succeeded',
      'dependency-failed',
      'failed',
      'dependency-failed',
      'dependency-failed',
    ]);
    expect(report.uncollected).toEqual([]);
    const causes = [...report.results.values()].flatMap((result) =>
      result.type === 'dependency-failed' ? [result.cause] : [],
    );
    const listed = new Set(report.steps.map(({ rewritten }) => rewritten));
    expect(causes.filter((path) => !listed.has(path))).toEqual([]);
    // Each once, under any path: what was left out had another one in each round.
    expect(report.steps.map(({ name }) => name).toSorted()).toEqual([
      'bad',
      'both',
      'good',
      'good-one',
      'good-two',
      'on-bad',
      'vain',
      'vain-one',
      'vain-two',
    ]);
  },
);

it('a group that may not be tried again is lost with its machine', async () => {
  const script = 'echo begins; sleep 2; echo fine > $out';
  const [join] = await instantiate(farm, groupOf('once', { one: script, two: script }), 'join');
  const works: Promise<void>[] = [];
  const onEvent = onceAt('step-log', () => {
    const { places } = world.eventsOf('group-reserved')[0]!;
    const builder = farm.builders.find(({ uri }) => uri === places[0]!.builder)!;
    works.push(builder.crash().then(() => builder.start()));
  });
  const groups = { once: { ...usualGroupPolicy, retries: 0 } };
  const report = await world.run([join!], { groups, onEvent });
  await Promise.all(works);
  expect(report.outcome).toBe('failed');
  expect(await statesIn(world)).toEqual(['lost']);
  const types = [...report.results.values()].map(({ type }) => type).toSorted();
  expect(types).toEqual(['dependency-failed', 'group-lost', 'group-lost']);
});
