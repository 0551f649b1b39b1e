import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Farm } from '../../../test/farm/farm.ts';
import { makeFarmFolder } from '../../../test/farm/farm-folder.ts';
import { SmallDisk } from '../../../test/small-disk.ts';
import { FarmWorld, instantiate } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;
let disk: SmallDisk;

beforeEach(async () => {
  farm = new Farm(makeFarmFolder(), { builders: [{ name: 'one', slots: 3 }] });
  // Mounted before the daemon starts, which goes into a mount namespace of its own.
  disk = new SmallDisk(join(farm.hub.daemon.root, 'nix/store'), '8m');
  await farm.start();
  world = await FarmWorld.open(farm);
});
afterEach(async () => {
  await world?.[Symbol.asyncDispose]();
  disk[Symbol.dispose]();
  await farm?.[Symbol.asyncDispose]();
});

const full = 'No space left on device';
const big = 'big = shell "big" "sleep 1; head -c 30000000 /dev/zero > $out" {};';

it('a hub whose disk is full: told at once, and what is under way is stopped', async () => {
  const slow = 'slow = shell "slow" "sleep 60; echo slow > $out" {};';
  const drvs = await instantiate(farm, big + slow, 'big', 'slow');
  const begun = Date.now();
  const report = await world.run(drvs);
  expect(Date.now() - begun).toBeLessThan(15_000);
  expect(report).toMatchObject({
    outcome: 'failed',
    uncollected: [{ reason: expect.stringContaining(full) }],
  });
  expect(report.results.get(drvs[1]!)).toMatchObject({ type: 'cancelled' });
});

it('a hub whose disk is full, and the run is to keep going: it says of each output where it is', async () => {
  const others = `early = shell "early" "echo early > $out" {};
    late = shell "late" "sleep 1; echo late > $out" {};`;
  const drvs = await instantiate(farm, big + others, 'big', 'early', 'late');
  const report = await world.run(drvs, { keepGoing: true });
  expect(report.outcome).toBe('failed');
  expect(report.uncollected.map(({ path }) => path.slice(44))).toContain('big');
  expect([...report.results.values()].map(({ type }) => type)).toEqual(
    Array.from({ length: 3 }, () => 'succeeded'),
  );
  const early = report.roots[1]!.paths[0]!.path;
  expect((await world.hub.validPaths([early])).size).toBe(1);
});
