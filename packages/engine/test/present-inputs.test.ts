import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { Asked } from '../src/plan/ask-builders.ts';
import { presentInputs } from '../src/plan/present-inputs.ts';
import { FarmWorld, instantiate, outputOf } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'one', features: ['one'] },
      { name: 'two', features: ['two'] },
    ],
  });
  world = await FarmWorld.open(farm);
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

/**
 * A large output, which only the second builder makes, and steps that read it: there, on the first one, and
 * anywhere.
 */
function readersOf(name: string): string {
  return `on = name: { requiredSystemFeatures = [ name ]; };
    large = shell "${name}" "head -c 30000000 /dev/zero > $out" (on "two");
    onTwo = shell "${name}-on-two" "wc -c < $large > $out" (on "two" // { inherit large; });
    onOne = shell "${name}-on-one" "wc -c < $large > $out" (on "one" // { inherit large; });
    anywhere = shell "${name}-anywhere" "wc -c < $large > $out" { inherit large; };`;
}

function uri(name: string): string {
  return world.store(name).name;
}

/**
 * Runs a derivation; gives where its steps were built, and whether anything large was copied to a builder
 * for them.
 */
async function lastRun(drv: Parameters<FarmWorld['run']>[0][number]): Promise<object> {
  world.events.length = 0;
  expect(await world.run([drv])).toMatchObject({ outcome: 'succeeded' });
  const copies = world.eventsOf('copy-progress').filter(({ to }) => to !== world.hub.name);
  return {
    builders: world.eventsOf('step-started').map(({ builder }) => builder),
    copied: Math.max(0, ...copies.map(({ bytesTotal }) => bytesTotal)) > 1_000_000,
  };
}

it('a step goes where an earlier run left its large input, which the hub has not', async () => {
  const [there, anywhere] = await instantiate(farm, readersOf('left'), 'onTwo', 'anywhere');
  await world.run([there!]);
  expect(await lastRun(anywhere!)).toEqual({ builders: [uri('two')], copied: false });
});

it('a step goes to the builder that has its large input as the hub has', async () => {
  const [large, anywhere] = await instantiate(farm, readersOf('home'), 'large', 'anywhere');
  await world.run([large!]);
  expect(await lastRun(anywhere!)).toEqual({ builders: [uri('two')], copied: false });
});

it('where all builders have its input, a step goes to the first', async () => {
  const recipes = readersOf('both');
  const [onTwo, onOne, anywhere] = await instantiate(farm, recipes, 'onTwo', 'onOne', 'anywhere');
  await world.run([onTwo!]);
  expect(await lastRun(onOne!)).toEqual({ builders: [uri('one')], copied: true });
  expect(await lastRun(anywhere!)).toEqual({ builders: [uri('one')], copied: false });
});

it.each([
  ['normal', {}, 1],
  ['stepping in', { stepsInFor: 'unfit' as const }, 0],
])(
  'what the hub alone has draws steps to it unless it only steps in: %s',
  async (_, how, count) => {
    const [large] = await instantiate(farm, readersOf(`hub-${count}`), 'large');
    await world.run([large!]);
    const path = await outputOf(farm, large!);
    const [one] = world.builders;
    const hub = { ...one!, store: world.hub, ...how };
    const asked = [one!, hub].map(
      (builder): Asked => ({
        builder: { ...builder, fault: undefined },
        valid: new Set(),
        held: new Map(),
      }),
    );
    const { signal } = new AbortController();
    const inHub = { store: world.hub, valid: new Set([path]) };
    expect((await presentInputs([path], asked, inHub, signal)).size).toBe(count);
  },
);
