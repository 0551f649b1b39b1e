import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { processesOf } from '../../../test/farm/processes.ts';
import type { RunEvent } from '../src/events.ts';
import { FarmWorld, instantiate, machinesOf } from './farm-world.ts';

let farm: Farm;
let world: FarmWorld;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', away: true, slots: 2 }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await FarmWorld.open(farm);
  const environment = { ...process.env, ...farm.hub.env };
  world.builders = machinesOf(farm.machines, { environment });
  farm.builder('far').network.throttle(8000);
});
afterEach(async () => {
  farm.builder('far').network.throttle(1_000_000);
  await world[Symbol.asyncDispose]();
});

/** A file whose upload takes ten seconds. */
function largeFile(name: string): string {
  const file = join(farm.folder, `${name}.bin`);
  writeFileSync(file, Buffer.alloc(10_000_000, name));
  return file;
}

function isUpload(event: RunEvent): boolean {
  return event.type === 'copy-progress' && event.bytesDone > 200_000;
}

it('an upload that takes long holds up no other build of the machine', async () => {
  const drvs = await instantiate(
    farm,
    `large = shell "large-input" "wc -c < $file > $out" { file = ${largeFile('held')}; };
     small = shell "small" "echo small > $out" {};`,
    'large',
    'small',
  );
  let wasUploading = false;
  const stop = new AbortController();
  const report = await world.run(drvs, {
    signal: stop.signal,
    onEvent: (event) => {
      wasUploading ||= isUpload(event);
      if (event.type === 'output-collected' && wasUploading) stop.abort();
    },
  });
  expect(wasUploading).toBe(true);
  expect(report.results.get(drvs[1]!)).toMatchObject({ type: 'succeeded' });
  expect(report.results.get(drvs[0]!)).toMatchObject({ type: 'cancelled' });
});

it('whoever stops while inputs are sent has stopped at once, here and there', async () => {
  const [drv] = await instantiate(
    farm,
    `a = shell "stopped" "wc -c < $file > $out" { file = ${largeFile('stopped')}; };`,
    'a',
  );
  const stop = new AbortController();
  let stoppedAt = Infinity;
  const report = await world.run([drv!], {
    signal: stop.signal,
    onEvent: (event) => {
      if (!isUpload(event) || stop.signal.aborted) return;
      stoppedAt = performance.now();
      stop.abort();
    },
  });
  expect(performance.now() - stoppedAt).toBeLessThan(2000);
  expect(report.outcome).toBe('cancelled');
  await world[Symbol.asyncDispose]();
  const daemons = (): string[] => {
    const commands = processesOf(farm.folder).map(({ command }) => command);
    return commands.filter((command) => command.includes('nix-daemon --stdio'));
  };
  await expect.poll(daemons, { timeout: 10_000 }).toEqual([]);
});
