import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import type { StorePath } from '@dispatch/nix/store-path';
import { narFromPath } from '@dispatch/protocol/operations/nar-from-path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { withDescendants } from '../../../test/farm/processes.ts';
import { copyClosure } from '../src/copy-closure.ts';
import type { DaemonStore } from '../src/daemon-store.ts';
import { addRandomFile, addText, storeOf } from './store-content.ts';

let farm: Farm;
let stores: Record<'left' | 'right', DaemonStore>;

beforeEach(async () => {
  farm = await startFarm({ builders: [{ name: 'left' }, { name: 'right' }] });
  const open = (name: string) =>
    storeOf(farm.builder(name), { silentSeconds: 1, connectSeconds: 2 });
  stores = { left: open('left'), right: open('right') };
});
afterEach(async () => {
  for (const name of ['left', 'right']) signalAll(name, 'SIGCONT');
  stores.left.close();
  stores.right.close();
  await farm[Symbol.asyncDispose]();
});

function signalAll(name: string, signal: NodeJS.Signals): void {
  for (const pid of withDescendants([farm.builder(name).daemon.pid!])) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // A connection's process that ended since it was listed needs no signal.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

it('a machine that hangs in the middle of a question is given up', async () => {
  const path = await addText(stores.left, randomBytes(4).toString('hex'));
  await stores.left.validPaths([path]);
  const asking = stores.left.pool.withConnection(async () => {
    signalAll('left', 'SIGSTOP');
    return stores.left.pathInfos([path]);
  });
  await expect(asking).rejects.toMatchObject({ builder: stores.left.name });
});

it.each(['left', 'right'] as const)('a copy ends when %s hangs, and names it', async (name) => {
  const path = await addRandomFile(farm.builder('left'), 'large', 60);
  const roots = stores.right.holdRoots();
  let hangs = false;
  const copy = copyClosure({
    from: stores.left,
    to: roots,
    paths: [path],
    onProgress: ({ bytes }) => {
      if (bytes === 0 || hangs) return;
      hangs = true;
      signalAll(name, 'SIGSTOP');
    },
  });
  await expect(copy).rejects.toMatchObject({
    code: 'connection-lost',
    builder: stores[name].name,
    message: expect.stringContaining('no sign of life for 1 s'),
  });
  roots.close();
});

it.each(['before', 'after'])('who asks %s one who gives up is told the offer', async (when) => {
  const { left } = stores;
  await left.facts();
  signalAll('left', 'SIGSTOP');
  const patient = when === 'before' ? left.offer() : undefined;
  const impatient = left.offer({ signal: AbortSignal.timeout(100) });
  const told = patient ?? left.offer();
  await expect(impatient).rejects.toMatchObject({ code: 'cancelled' });
  signalAll('left', 'SIGCONT');
  expect(await told).toMatchObject({ features: [] });
});

it('a machine is not blamed for waiting for us', async () => {
  const path: StorePath = await addRandomFile(farm.builder('left'), 'awaited', 5);
  const size = await stores.left.pool.withConnection(async (connection) => {
    let bytes = 0;
    for await (const piece of narFromPath(connection, path)) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 2000));
      bytes += piece.length;
    }
    return bytes;
  });
  expect(size).toBeGreaterThan(5_000_000);
});

it('a machine is not blamed for what it said while we stood still', async () => {
  const path = await addText(stores.left, 'stood-still');
  signalAll('left', 'SIGSTOP');
  const asking = stores.left.validPaths([path]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const pids = withDescendants([farm.builder('left').daemon.pid!]);
  const waking = spawn('sh', ['-c', `sleep 0.5; kill -CONT ${pids.join(' ')}`]);
  // After something was read, timers come before what is to be read next: as when a process wakes.
  await stat('/');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
  expect([...(await asking)]).toEqual([path]);
  await once(waking, 'close');
});
