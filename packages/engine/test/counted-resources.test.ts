import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import type { RunEvent } from '../src/events.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'lab', slots: 4, features: ['board'] }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

it('no more builds than a machine has boards run at a time, in all runs, and others run beside them', async () => {
  await using world = await FarmWorld.open(farm);
  world.builders = world.builders.map((builder) => ({
    ...builder,
    machine: { ...builder.machine, resources: { board: 1 } },
  }));
  world.share();
  const names = ['a', 'b', 'c', 'd'];
  const drvs = await instantiate(
    farm,
    `test = n: shell "board-\${n}" "sleep 0.3; echo > $out" { requiredSystemFeatures = [ "board" ]; };
     plain = shell "plain" "sleep 1; echo > $out" {};`,
    ...names.map((name) => `(test "${name}")`),
    'plain',
  );
  const running = new Set<string>();
  const seen = new Set<string>();
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'step-started') running.add(event.name);
    if (event.type === 'step-ended') running.delete(event.name);
    const boards = [...running].filter((name) => name !== 'plain').length;
    seen.add(`${boards} beside ${running.size - boards}`);
  };
  const reports = await Promise.all([
    world.run([drvs[0]!, drvs[1]!, drvs[4]!], { onEvent }),
    world.run(drvs.slice(2), { onEvent }),
  ]);
  expect(reports.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
  expect([...seen].toSorted()).toEqual(['0 beside 0', '0 beside 1', '1 beside 0', '1 beside 1']);
});
