import { statSync } from 'node:fs';
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

it('a line or a phase of megabytes is told in its beginning, and the log has the whole line', async () => {
  await using world = await FarmWorld.open(farm);
  const bytes = 3_000_000;
  const [drv] = await instantiate(
    farm,
    `a = shell "one-line" ''
       head -c ${bytes} /dev/zero | tr '\\0' '\\1' >&2; echo >&2
       long=$(head -c 1000000 /dev/zero | tr '\\0' x)
       echo "@nix {\\"action\\":\\"setPhase\\",\\"phase\\":\\"$long\\"}" >&2
       exit 1
     '' {};`,
    'a',
  );
  await world.run([drv!]);
  expect(world.eventsOf('step-log')).toMatchObject([{ line: `${'\u0001'.repeat(16 * 1024)}...` }]);
  expect(world.eventsOf('step-phase').map(({ phase }) => phase.length)).toEqual([
    expect.toSatisfy((length: number) => length > 1000 && length < 20_000),
  ]);
  expect(statSync(world.eventsOf('step-ended')[0]?.logFile ?? '').size).toBe(bytes + 1);
});
