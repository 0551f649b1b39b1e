import type { StorePath } from '@dispatch/nix/store-path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { RunEvent, StepEnded } from '../src/events.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

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

/** A derivation that reads, on the second builder, the 60 MB that the first one makes. */
async function largeReader(name: string): Promise<StorePath> {
  const [drv] = await instantiate(
    farm,
    `a = shell "${name}" "head -c 60000000 /dev/zero > $out" { requiredSystemFeatures = [ "one" ]; };
     b = shell "${name}-after" "wc -c < $a > $out" { inherit a; requiredSystemFeatures = [ "two" ]; };`,
    'b',
  );
  return drv!;
}

it('a copy tells from where to where it goes, for which step, and how far it is', async () => {
  const drv = await largeReader('told');
  await world.run([drv]);
  const [one, two] = [world.store('one').name, world.store('two').name];
  const inputs = world.eventsOf('copy-progress').filter(({ from }) => from === one);
  const total = { pathsTotal: 1, bytesTotal: 60_000_112 };
  expect(inputs[0]).toMatchObject({ to: two, step: drv, bytesDone: 0, pathsDone: 0, ...total });
  expect(inputs.at(-1)!.bytesDone).toBeGreaterThan(1_000_000);
  expect(inputs.length).toBeLessThan(50);
  const { copy } = inputs[0]!;
  expect(world.eventsOf('copy-ended')).toContainEqual({
    type: 'copy-ended',
    copy,
    outcome: 'arrived',
  });
  const home = world.eventsOf('copy-progress').find(({ from }) => from === two);
  expect(home).toMatchObject({ to: world.hub.name, step: undefined, pathsTotal: 1 });
});

it('how long a step takes is remembered without the copying of its inputs', async () => {
  const drv = await largeReader('fed');
  const firsts = new Map<RunEvent['type'], number>();
  const ended: StepEnded[] = [];
  await world.run([drv], {
    onEvent: (event) => {
      const isAbout = event.type === 'copy-ended' || ('step' in event && event.step === drv);
      if (isAbout && !firsts.has(event.type)) firsts.set(event.type, performance.now());
      if (isAbout && event.type === 'step-ended') ended.push(event);
    },
  });
  const between = (from: RunEvent['type'], to: RunEvent['type']): number =>
    firsts.get(to)! - firsts.get(from)!;
  const { durationMs } = ended[0]!;
  expect(durationMs).toBeGreaterThan(0);
  const copying = between('copy-progress', 'copy-ended');
  expect(durationMs! + copying).toBeLessThanOrEqual(between('step-started', 'step-ended') + 1);
});
