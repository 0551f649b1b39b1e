import { parseStorePath } from '@dispatch/nix/store-path';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { isValidPath } from '@dispatch/protocol/operations/is-valid-path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { withDescendants } from '../../../../test/farm/processes.ts';
import { copyClosure } from '../../src/copy-closure.ts';
import type { DaemonStore } from '../../src/daemon-store.ts';
import { addRandomFile, until } from '../store-content.ts';
import { SshBox } from './ssh-box.ts';

let farm: Farm;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'box' }, { name: 'other' }] });
});

afterAll(() => farm?.[Symbol.asyncDispose]());

const nothing = parseStorePath(`/nix/store/${'0'.repeat(32)}-none`);

/** Connections that are in use at one time, for `work`. */
function together<T>(
  store: DaemonStore,
  count: number,
  work: (connection: DaemonConnection) => Promise<T>,
): Promise<T[]> {
  let arrived = 0;
  const one = (): Promise<T> =>
    store.pool.withConnection(async (connection) => {
      arrived += 1;
      await until(() => arrived >= count);
      return work(connection);
    });
  return Promise.all(Array.from({ length: count }, one));
}

function ask(connection: DaemonConnection): Promise<boolean> {
  return isValidPath(connection, nothing);
}

describe('connections share one login', () => {
  it('as long as the server gives channels', async () => {
    await using box = await SshBox.start(farm);
    const store = box.open();
    expect(await together(store, 8, ask)).toHaveLength(8);
    expect(await box.logins()).toBe(1);
  });

  it('and take as many more as it takes where a login has few channels', async () => {
    await using box = await SshBox.start(farm, { settings: { MaxSessions: '2' } });
    const store = box.open();
    expect(await together(store, 5, ask)).toHaveLength(5);
    expect(await box.logins()).toBe(3);
    expect(store.pool.size).toEqual({ open: 5, idle: 5 });
    expect(await together(store, 5, ask)).toHaveLength(5);
    expect(await box.logins()).toBe(3);
  });

  it('and end with it when the store is closed', async () => {
    await using box = await SshBox.start(farm);
    const store = box.open();
    await together(store, 2, ask);
    const { pid } = box.server;
    expect(withDescendants([pid!]).length).toBeGreaterThan(2);
    store.close();
    await until(() => withDescendants([pid!]).length === 1);
  });

  it('until that is old; what runs on it is left alone', async () => {
    await using box = await SshBox.start(farm);
    const store = box.open({ maximumAgeSeconds: 0.5 });
    const old = await store.pool.dedicated();
    await new Promise((resolve) => setTimeout(resolve, 600));
    await together(store, 2, ask);
    expect(await box.logins()).toBe(2);
    expect(await old.run(ask)).toBe(false);
    old.close();
  });
});

it('a server that gives no channel at all is unreachable, at once', async () => {
  await using box = await SshBox.start(farm, { settings: { MaxSessions: '0' } });
  expect(await box.refusal()).toContain('open failed');
});

it('a caller who gives up leaves the others their login', async () => {
  await using box = await SshBox.start(farm);
  const store = box.open();
  const abort = new AbortController();
  const given = store.pool.withConnection(ask, { signal: abort.signal });
  const kept = store.pool.withConnection(ask);
  abort.abort();
  await expect(given).rejects.toMatchObject({ code: 'cancelled' });
  expect(await kept).toBe(false);
  expect(await box.logins()).toBe(1);
});

describe('a link that breaks', () => {
  it('is told at once, and the next use has a new one', async () => {
    await using box = await SshBox.start(farm);
    const store = box.open();
    const broken = store.pool.withConnection(async (connection) => {
      for (const pid of sessionProcesses(box)) process.kill(pid, 'SIGKILL');
      return ask(connection);
    });
    await expect(broken).rejects.toMatchObject({ code: 'connection-lost' });
    expect(await store.pool.withConnection(ask)).toBe(false);
    expect(await box.logins()).toBe(2);
  });

  it('is found by its silence', async () => {
    await using box = await SshBox.start(farm);
    const store = box.open({ options: '-o ServerAliveInterval=1 -o ServerAliveCountMax=1' });
    const started = performance.now();
    const silent = store.pool.withConnection(async (connection) => {
      for (const pid of sessionProcesses(box)) process.kill(pid, 'SIGSTOP');
      return ask(connection);
    });
    await expect(silent).rejects.toThrow('nothing was heard from the machine for 2 s');
    expect(performance.now() - started).toBeLessThan(6000);
  });
});

/** What the server runs for those who are logged in. */
function sessionProcesses({ server }: SshBox): number[] {
  return withDescendants([server.pid!]).filter((pid) => pid !== server.pid);
}

describe('a large path', () => {
  it('passes both ways in little memory, while the servers renew their keys', async () => {
    const settings = { RekeyLimit: '16M' };
    await using box = await SshBox.start(farm, { settings });
    await using other = await SshBox.start(farm, { settings, builder: 'other' });
    const path = await addRandomFile(farm.builder('box'), 'large', 256);
    const [from, to] = [box.open(), other.open()];
    const roots = to.holdRoots();
    const before = process.memoryUsage().rss;
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const { bytes } = await copyClosure({ from, to: roots, paths: [path] });
    clearInterval(timer);
    expect(bytes).toBeGreaterThan(256 * 2 ** 20);
    expect((most - before) / 2 ** 20).toBeLessThan(64);
    expect(await to.validPaths([path])).toEqual(new Set([path]));
    expect([await box.logins(), await other.logins()]).toEqual([1, 1]);
    roots.close();
  });
});
