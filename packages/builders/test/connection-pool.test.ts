import { setTimeout as sleep } from 'node:timers/promises';
import type { BasicDerivation } from '@dispatch/nix/derivation';
import { parseStorePath, type StorePath } from '@dispatch/nix/store-path';
import { type ClientOptions, defaultClientOptions } from '@dispatch/protocol/client-options';
import type { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import type { DaemonEvent } from '@dispatch/protocol/daemon-event';
import { buildDerivation } from '@dispatch/protocol/operations/build-derivation';
import { isValidPath } from '@dispatch/protocol/operations/is-valid-path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Builder } from '../../../test/farm/builder.ts';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { withDescendants } from '../../../test/farm/processes.ts';
import type { DaemonStore } from '../src/daemon-store.ts';
import { addText, storeOf, until } from './store-content.ts';

let farm: Farm;
const stores: DaemonStore[] = [];

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'socket' }, { name: 'ssh', ssh: true }] });
});

afterAll(async () => {
  for (const store of stores) store.close();
  await farm?.[Symbol.asyncDispose]();
});

/** By a socket, by SSH, or by SSH as the `ssh` program does it. */
type Way = 'socket' | 'ssh' | 'ssh program';

function builderOf(way: Way): Builder {
  return farm.builder(way === 'ssh program' ? 'ssh' : way);
}

function open(way: Way, options = {}): DaemonStore {
  const environment = { ...process.env, DISPATCH_SSH: way === 'ssh program' ? 'system' : '' };
  const store = storeOf(builderOf(way), { environment, ...options });
  stores.push(store);
  return store;
}

/** Which connection a use gets. */
function used(store: DaemonStore): Promise<DaemonConnection> {
  return store.pool.withConnection(async (connection) => connection);
}

describe.each<Way>(['socket', 'ssh', 'ssh program'])('connections by %s', (name) => {
  it('are kept for the next use', async () => {
    const store = open(name);
    const first = await used(store);
    expect(await used(store)).toBe(first);
    expect(store.pool.size).toEqual({ open: 1, idle: 1 });
  });

  it('are as many as are needed at once', async () => {
    const store = open(name);
    const text = await addText(store, 'many');
    const answers = Array.from({ length: 12 }, () =>
      store.pool.withConnection(async (connection) => {
        await until(() => store.pool.size.open >= 12);
        return isValidPath(connection, text);
      }),
    );
    expect(new Set(await Promise.all(answers))).toEqual(new Set([true]));
    expect(store.pool.size).toEqual({ open: 12, idle: 12 });
  });

  it('are closed when a call was left in the middle', async () => {
    const store = open(name);
    const abort = new AbortController();
    const text = await addText(store, 'left');
    const first = await used(store);
    const call = store.pool.withConnection((connection) => {
      const answer = isValidPath(connection, text, { signal: abort.signal });
      abort.abort();
      return answer;
    });
    await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    expect(store.pool.size).toEqual({ open: 0, idle: 0 });
    expect(await used(store)).not.toBe(first);
  });

  it('are kept after an answer that is an error', async () => {
    const store = open(name);
    const first = await used(store);
    const failing = store.pool.withConnection(async () => {
      throw new Error('of the caller');
    });
    await expect(failing).rejects.toThrow('of the caller');
    expect(await used(store)).toBe(first);
  });

  it('are closed when they are old, in use or not', async () => {
    const store = open(name, { maximumAgeSeconds: 0.3 });
    const first = await used(store);
    await until(() => store.pool.size.open === 0);
    expect(first.usable).toBe(false);
    await store.pool.withConnection(() => new Promise((resolve) => setTimeout(resolve, 400)));
    expect(store.pool.size).toEqual({ open: 0, idle: 0 });
  });

  it("that are somebody's own are new, and the next one is ready before it is wanted", async () => {
    const store = open(name);
    const first = await used(store);
    const own = await store.pool.dedicated();
    expect(own.connection).not.toBe(first);
    own.close();
    expect(own.connection.usable).toBe(false);
    await until(() => store.pool.size.idle === 2);
    const next = await store.pool.dedicated();
    expect(store.pool.size).toEqual({ open: 2, idle: 1 });
    expect(next.connection).not.toBe(first);
    expect(await isValidPath(next.connection, await addText(store, 'own'))).toBe(true);
    expect(await used(store)).toBe(first);
  });

  it("that were made ready and served others since are nobody's own", async () => {
    const store = open(name);
    (await store.pool.dedicated()).close();
    await until(() => store.pool.size.idle === 1);
    const spare = await used(store);
    expect(store.pool.size).toEqual({ open: 1, idle: 1 });
    expect((await store.pool.dedicated()).connection).not.toBe(spare);
  });

  it('are not made ready any more for a store that is closed', async () => {
    const store = open(name);
    (await store.pool.dedicated()).close();
    store.close();
    await sleep(200);
    expect(store.pool.size).toEqual({ open: 0, idle: 0 });
  });

  it('that died unused are replaced without anybody noticing', async () => {
    const store = open(name);
    const text = await addText(store, 'survives');
    const first = await used(store);
    await builderOf(name).stop();
    await builderOf(name).start();
    expect(await store.validPaths([text])).toEqual(new Set([text]));
    expect(first.usable).toBe(false);
  });

  it('fail together when the store is closed, and leave no process behind', async () => {
    const store = open(name);
    const before = childCount();
    let begun = false;
    const running = store.pool.withConnection(async (connection) => {
      begun = true;
      await until(() => store.pool.size.open === 0);
      return isValidPath(connection, path('0', 'none'));
    });
    await until(() => begun);
    store.close();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(used(store)).rejects.toMatchObject({ code: 'cancelled' });
    await until(() => childCount() <= before);
  });
});

/** Processes below this one: `ssh` among them, and the farm's. */
function childCount(): number {
  return withDescendants([process.pid]).length;
}

function path(character: string, name: string): StorePath {
  return parseStorePath(`/nix/store/${character.repeat(32)}-${name}`);
}

describe('settings', () => {
  it('are those of each use, and nothing of the use before remains', async () => {
    const store = open('socket');
    const fromDefault = await coresSeenByBuild(store, '0', defaultClientOptions);
    const seven = { ...defaultClientOptions, buildCores: 7 };
    expect(await coresSeenByBuild(store, '1', seven)).toBe('cores 7');
    expect(await coresSeenByBuild(store, '2', undefined)).toBe(fromDefault);
    expect(store.pool.size.open).toBe(1);
  });

  it('that no message takes back are met by no other use', async () => {
    const store = open('socket');
    const limited = { ...defaultClientOptions, overrides: new Map([['timeout', '1']]) };
    const inTime = async (character: string, settings?: ClientOptions): Promise<string> =>
      (await build(store, path(character, 'slow'), 'sleep 1.5; echo > $out', settings)).status;
    expect(await inTime('3', limited)).toBe('TimedOut');
    expect(await inTime('4')).toBe('Built');
  });
});

/** Builds something that prints how many cores it may use. */
async function coresSeenByBuild(
  store: DaemonStore,
  character: string,
  settings: ClientOptions | undefined,
): Promise<string | undefined> {
  const script = 'echo cores $NIX_BUILD_CORES; echo > $out';
  const { lines } = await build(store, path(character, 'cores'), script, settings);
  return lines.find((line) => line.startsWith('cores'));
}

async function build(
  store: DaemonStore,
  out: StorePath,
  script: string,
  settings: ClientOptions | undefined,
): Promise<{ readonly status: string; readonly lines: readonly string[] }> {
  const derivation: BasicDerivation = {
    outputs: [{ name: 'out', path: out, hashAlgo: '', hash: '' }],
    inputSrcs: [],
    system: farm.builder('socket').machineLine.split(' ').at(1)!,
    builder: '/bin/sh',
    args: ['-c', `export PATH=/usr/bin; ${script}`],
    env: [['out', out]],
  };
  const drvPath = parseStorePath(`${out}.drv`);
  const lines: string[] = [];
  const onEvent = (event: DaemonEvent): void => {
    if (event.type === 'result' && event.result.type === 'build-log-line')
      lines.push(event.result.line);
  };
  const { status } = await store.pool.withConnection(
    (connection) =>
      buildDerivation(connection, { drvPath, derivation, mode: 'normal' }, { onEvent }),
    { settings },
  );
  return { status, lines };
}
