import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { noBuildSettings } from '../src/execute/build-settings.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one' }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

it('a build that goes on while we stand still, longer than it may be silent, is not taken for one that hangs', async () => {
  await using world = await FarmWorld.open(farm);
  const loop = 'n=0; while [ $n -lt 16 ]; do echo $n; sleep 0.4; n=$((n+1)); done; echo > $out';
  const [drv] = await instantiate(farm, `a = shell "talks" "${loop}" {};`, 'a');
  let hasStood = false;
  const report = await world.run([drv!], {
    settings: { ...noBuildSettings, maxSilentTime: 1 },
    onEvent: ({ type }) => {
      if (type !== 'step-log' || hasStood) return;
      hasStood = true;
      // This stands still as a process does that somebody stops and lets go on.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6500);
    },
  });
  expect([...report.results.values()]).toMatchObject([{ type: 'succeeded' }]);
});
