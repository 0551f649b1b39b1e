import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import { SmallDisk } from '../../../test/small-disk.ts';
import { FarmWorld, instantiate, machinesOf } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;
let disks: SmallDisk[];

const versions = nixVersions();

beforeAll(async () => {
  farm = await startFarm({
    builders: [...versions.map((nix) => ({ name: `full-${nix}`, nix })), { name: 'roomy' }],
  });
  disks = await Promise.all(
    versions.map(async (nix) => {
      const { daemon } = farm.builder(`full-${nix}`);
      await daemon.stop();
      const disk = new SmallDisk(daemon.root, '24m');
      await daemon.start();
      return disk;
    }),
  );
});
afterAll(async () => {
  await Promise.all(farm.builders.map((builder) => builder.stop()));
  for (const disk of disks) disk[Symbol.dispose]();
  await farm[Symbol.asyncDispose]();
});
beforeEach(async () => {
  world = await FarmWorld.open(farm);
});
afterEach(() => world[Symbol.asyncDispose]());

/** Prefers the builder whose disk is soon full to the other one; gives its name. */
function preferFull(nix: string): string {
  const full = farm.builder(`full-${nix}`);
  world.builders = machinesOf(`${full.fastMachineLine}\n${farm.builder('roomy').machineLine}`);
  return full.uri;
}

it('the disk of a builder is full before the inputs are there: the step goes elsewhere', async () => {
  const file = join(farm.folder, 'large');
  writeFileSync(file, Buffer.alloc(30_000_000, 'x'));
  const [drv] = await instantiate(
    farm,
    `a = shell "large-input" "wc -c < $file > $out" { file = ${file}; };`,
    'a',
  );
  const uri = preferFull(versions[0]!);
  expect(await world.run([drv!])).toMatchObject({ outcome: 'succeeded' });
  expect(world.eventsOf('attempt-lost')).toMatchObject([
    { builder: uri, reason: expect.stringMatching(/No space left on device|lost the connection/) },
  ]);
});

it.each(versions)(
  'the disk of a builder with Nix %s is full: the step goes elsewhere',
  async (nix) => {
    const [drv] = await instantiate(
      farm,
      `a = shell "needs-room-${nix}" "head -c 30000000 /dev/zero > $out" {};`,
      'a',
    );
    const uri = preferFull(nix);
    const report = await world.run([drv!]);
    expect(report.outcome).toBe('succeeded');
    expect(world.eventsOf('attempt-lost')).toMatchObject([
      { builder: uri, reason: expect.stringMatching(/No space left on device/) },
    ]);
  },
);
