import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { operationNumbers } from '@dispatch/protocol/operation-number';
import type { StepResult } from '@dispatch/scheduler/result';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { noBuildSettings } from '../src/execute/build-settings.ts';
import type { RunReport } from '../src/report/run-report.ts';
import { FarmWorld, instantiate, machinesOf } from './farm-world.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 4 }] });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

const silent = { ...noBuildSettings, maxSilentTime: 1 };
const short = { ...noBuildSettings, timeout: 1 };

it.concurrent('a build whose builder forgets the limit is ended by us, and has timed out', async () => {
  await using world = await FarmWorld.open(farm);
  using lax = await laxDaemon('forgetful');
  world.builders = machinesOf(`${lax.uri} - - 4`);
  const [drv] = await instantiate(farm, 'a = shell "long" "echo a; sleep 61" {};', 'a');
  expect(only(await world.run([drv!], { settings: short }))).toMatchObject({
    type: 'failed',
    status: 'TimedOut',
    message:
      'it took longer than 1 s and its builder did not end it; raise --timeout (now 1, 0 is no limit), ' +
      'or what nix.conf says',
  });
  expect(world.eventsOf('attempt-lost')).toEqual([]);
});

it.concurrent('a build that prints without ending its line is not silent, as its builder knows', async () => {
  await using world = await FarmWorld.open(farm);
  const dots = 'for one in $(seq 20); do printf .; sleep 0.4; done; echo > $out';
  const [drv] = await instantiate(farm, `a = shell "dots" "${dots}" {};`, 'a');
  expect(await world.run([drv!], { settings: silent })).toMatchObject({ outcome: 'succeeded' });
});

it.concurrent('a builder that is gone when a limit has passed has lost the build, which is done elsewhere', async () => {
  await using world = await FarmWorld.open(farm);
  using lost = await laxDaemon('lost');
  world.builders = [...machinesOf(`${lost.uri} - - 4 100`), ...world.builders];
  const [drv] = await instantiate(
    farm,
    'a = shell "moved" "echo a; sleep 0.5; echo a > $out" {};',
    'a',
  );
  const report = await world.run([drv!], {
    settings: silent,
    onEvent: (event) => {
      if (event.type === 'step-log') lost.freeze();
    },
  });
  expect(report.outcome).toBe('succeeded');
  expect(world.eventsOf('attempt-lost')).toMatchObject([{ builder: lost.uri }]);
});

function only({ results }: RunReport): StepResult | undefined {
  expect(results.size).toBe(1);
  return [...results.values()][0];
}

interface LaxDaemon extends Disposable {
  readonly uri: string;
  /** From now on it sends nothing, and nobody can connect. */
  freeze(): void;
}

/** The farm's builder behind a socket, which removes the limits from what it is told. */
async function laxDaemon(name: string): Promise<LaxDaemon> {
  const socket = join(farm.folder, name);
  const open = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((client) => {
    if (isFrozen) client.destroy();
    const real = connect(farm.builder('one').daemon.socket);
    const end = (): void => void [client.destroy(), real.destroy()];
    for (const side of [client, real]) open.add(side.on('error', end).on('close', end));
    client.on('data', (chunk: Buffer) => real.write(withoutLimits(chunk)));
    real.on('data', (chunk) => isFrozen || client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    uri: `unix://${socket}`,
    freeze: () => (isFrozen = true),
    [Symbol.dispose]: () => {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}

// Each request leaves the client in one piece that begins with its number; the limit is its sixth field.
function withoutLimits(chunk: Buffer): Buffer {
  const isSettings =
    chunk.length >= 56 && chunk.readBigUInt64LE() === BigInt(operationNumbers.SetOptions);
  if (!isSettings) return chunk;
  chunk.writeBigUInt64LE(0n, 48);
  // The other limit is named among the settings that have no field of their own; unknown names are ignored.
  const timeout = chunk.indexOf('\x07\0\0\0\0\0\0\0timeout\0');
  if (timeout !== -1) chunk.write('nothing', timeout + 8);
  return chunk;
}
