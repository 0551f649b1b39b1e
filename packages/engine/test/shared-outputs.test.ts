import { setTimeout as delay } from 'node:timers/promises';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import type { Machine } from '@dispatch/builders/machine';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { killProcesses, withDescendants } from '../../../test/farm/processes.ts';
import type { RunEvent } from '../src/events.ts';
import { collectGarbage, FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'one', slots: 2, features: ['one'] },
      { name: 'two', slots: 2, features: ['two', 'one'] },
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
  // Every step goes to the first machine that can build it.
  world.builders = world.builders.map(({ machine, store }, at) => ({
    machine: { ...machine, speedFactor: at === 0 ? 100 : 1 },
    store: rootless(machine, store),
  }));
  world.share();
});
afterEach(() => world[Symbol.asyncDispose]());

const onOne = 'requiredSystemFeatures = [ "one" ];';
const onTwo = 'requiredSystemFeatures = [ "two" ];';

/**
 * A daemon keeps what it built rooted while the connection lasts on which it was built: so no connection is
 * kept.
 */
function rootless(machine: Machine, usual: DaemonStore): DaemonStore {
  usual.close();
  return new DaemonStore(machine, { connectSeconds: 5, maximumIdle: 0 });
}

/** A moment that comes with the first event for which this holds. */
function moment(isIt: (event: RunEvent) => boolean): {
  readonly reached: Promise<void>;
  readonly onEvent: (event: RunEvent) => void;
} {
  let reach: (() => void) | undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reached, onEvent: (event) => isIt(event) && reach?.() };
}

it.each(['ends', 'is cancelled'])(
  'what was built for a run that %s is kept for another that wants it',
  async (fate) => {
    const [a, b] = await instantiate(
      farm,
      `a = shell "kept-on" "echo begins; sleep 4; echo a > $out" { fate = "${fate}"; ${onOne} };
       wait = shell "wait" "sleep 7; echo > $out" { fate = "${fate}"; ${onTwo} };
       b = shell "after-gate" "cat $a $wait > $out" { inherit a wait; ${onTwo} };`,
      'a',
      'b',
    );
    const begun = moment(({ type }) => type === 'step-log');
    const joined = moment(({ type }) => type === 'step-log');
    const built = moment((event) => event.type === 'step-ended' && event.name === 'kept-on');
    const stop = new AbortController();
    const first = world.run([a!], { onEvent: begun.onEvent, signal: stop.signal });
    await begun.reached;
    const second = world.run([b!], {
      onEvent: (event) => {
        joined.onEvent(event);
        built.onEvent(event);
      },
    });
    await joined.reached;
    if (fate === 'is cancelled') stop.abort();
    await first;
    await built.reached;
    await delay(500);
    collectGarbage(farm, farm.builder('one').daemon);
    expect((await second).outcome).toBe('succeeded');
    expect(world.eventsOf('attempt-lost')).toEqual([]);
  },
);

it('what was lost with its builder is built again for a run that comes later', async () => {
  const [c, b] = await instantiate(
    farm,
    `a = shell "to-be-lost" "echo a > $out" { ${onOne} };
     slow = shell "slow" "echo begins; sleep 8; echo > $out" { ${onTwo} };
     c = shell "early" "cat $a $slow > $out" { inherit a slow; ${onTwo} };
     b = shell "late" "cat $a > $out" { inherit a; ${onTwo} };`,
    'c',
    'b',
  );
  const built = moment((event) => event.type === 'step-ended' && event.name === 'to-be-lost');
  const first = world.run([c!], { onEvent: built.onEvent });
  await built.reached;
  const { daemon } = farm.builder('one');
  killProcesses(withDescendants([daemon.pid!]));
  const second = await world.run([b!]);
  await daemon.start();
  expect(second.outcome).toBe('succeeded');
  expect((await first).outcome).toBe('succeeded');
  const { uri } = farm.builder('two');
  expect([...second.results.values()]).toMatchObject([{ builder: uri }, { builder: uri }]);
});
