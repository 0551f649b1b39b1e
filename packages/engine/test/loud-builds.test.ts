import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { FarmWorld, instantiate, machinesOf } from './farm-world.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', ssh: true, slots: 2 }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

it('a build that prints megabytes comes to its end, is heard whole, and holds up no other', async () => {
  await using world = await FarmWorld.open(farm);
  const environment = { ...process.env, ...farm.hub.env };
  world.builders = machinesOf(farm.machines, { environment });
  const line = 'x'.repeat(400);
  const [loud, quiet] = await instantiate(
    farm,
    `loud = shell "loud" "yes ${line} | head -c 8020000; echo > $out" {};
     quiet = shell "quiet" "echo > $out" {};`,
    'loud',
    'quiet',
  );
  const before = process.memoryUsage().rss;
  let lines = 0;
  let highest = before;
  const report = await world.run([loud!, quiet!], {
    onEvent: ({ type }) => {
      if (type !== 'step-log') return;
      lines += 1;
      if (lines % 1000 === 0) highest = Math.max(highest, process.memoryUsage().rss);
    },
  });
  expect(report.outcome).toBe('succeeded');
  expect(lines).toBe(20_000);
  expect(Math.round((highest - before) / 2 ** 20)).toBeLessThan(150);
});
