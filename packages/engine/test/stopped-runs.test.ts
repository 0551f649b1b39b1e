import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { processesOf } from '../../../test/farm/processes.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 2 }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

it('a run that is stopped while its last result is copied says that it was cancelled', async () => {
  const [drv] = await instantiate(
    farm,
    'a = shell "large" "head -c 200000000 /dev/zero > $out" {};',
    'a',
  );
  await using world = await FarmWorld.open(farm);
  const stop = new AbortController();
  const report = await world.run([drv!], {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'step-ended') setTimeout(() => stop.abort(), 30);
    },
  });
  expect(report.outcome).toBe('cancelled');
  expect(await world.ledger.runs.recent(1)).toMatchObject([{ state: 'cancelled' }]);
});

it('when whoever listens throws, builds that are under way are stopped', async () => {
  const roots = await instantiate(
    farm,
    'a = shell "slow" "echo slow; sleep 64" {}; b = shell "quick" "sleep 0.5" {};',
    'a',
    'b',
  );
  await using world = await FarmWorld.open(farm);
  const running = world.run(roots, {
    keepGoing: true,
    onEvent: (event) => {
      if (event.type === 'step-ended' && event.name === 'quick') throw new Error('cannot listen');
    },
  });
  await expect(running).rejects.toThrow('cannot listen');
  const sleeping = () => processesOf(farm.folder).filter(({ command }) => command === 'sleep 64');
  await expect.poll(sleeping).toEqual([]);
});
