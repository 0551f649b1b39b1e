import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { makeKey } from '../../../test/farm/ssh-server.ts';
import { DaemonStore } from '../src/daemon-store.ts';
import { storeOf } from './store-content.ts';

let farm: Farm;
let folder: string;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'box', ssh: true }] });
  folder = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await farm?.[Symbol.asyncDispose]();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Why a store cannot be asked anything. */
async function failureOf(store: DaemonStore, signal?: AbortSignal) {
  try {
    await store.facts({ signal });
    throw new Error('it could be reached');
  } catch (error) {
    return error as Error & { code: string; builder?: string };
  } finally {
    store.close();
  }
}

function key(): string {
  return join(farm.folder, 'client-key');
}

/** A host that takes connections and never says anything. */
async function silentServer(address: ListenOptions): Promise<Server> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(address, resolve));
  return server;
}

describe('a machine that cannot be reached', () => {
  it('is named with what ssh said, and what to try', async () => {
    const error = await failureOf(new DaemonStore('ssh-ng://root@127.0.0.1:1'));
    expect(error).toMatchObject({ code: 'unreachable', builder: 'ssh-ng://root@127.0.0.1:1' });
    expect(error.message).toMatch(
      /cannot reach ssh-ng:.*Connection refused.*; check that 'ssh -p 1 root@127.0.0.1/,
    );
  });

  it('fails within the limit when it answers nothing at all', async () => {
    const server = await silentServer({ port: 0, host: '127.0.0.1' });
    const { port } = server.address() as { port: number };
    const started = performance.now();
    const error = await failureOf(
      new DaemonStore(`ssh-ng://127.0.0.1:${port}`, { connectSeconds: 1 }),
    );
    server.close();
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain('no answer within 1 s');
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('fails within the limit when it does not even take the connection', async () => {
    const script = join(import.meta.dirname, 'children', 'full-port.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = await once(child.stdout, 'data');
    const others = Array.from({ length: 4 }, () => connect(Number(port), '127.0.0.1'));
    const store = new DaemonStore(`ssh-ng://127.0.0.1:${port}`, { connectSeconds: 1 });
    const error = await failureOf(store);
    for (const other of others) other.destroy();
    child.kill('SIGKILL');
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain('no answer within 1 s');
  });

  it('is not waited for once the caller gives up', async () => {
    const server = await silentServer({ path: join(folder, 'silent') });
    const store = new DaemonStore(`unix://${folder}/silent`, { connectSeconds: 60 });
    const error = await failureOf(store, AbortSignal.timeout(100));
    server.close();
    expect(error).toMatchObject({ code: 'cancelled' });
  });

  it.each(['ssh2', 'system', 'unix'])(
    'is waited for by %s with a limit beyond all timers',
    async (way) => {
      vi.stubEnv('DISPATCH_SSH', way);
      const path = join(folder, 'patient');
      const server = await silentServer(way === 'unix' ? { path } : { port: 0, host: '127.0.0.1' });
      const { port } = server.address() as { port: number };
      const uri = way === 'unix' ? `unix://${path}` : `ssh-ng://127.0.0.1:${port}`;
      const store = new DaemonStore(uri, { connectSeconds: 1e10 });
      const error = await failureOf(store, AbortSignal.timeout(1000));
      server.close();
      expect(error).toMatchObject({ code: 'cancelled' });
    },
  );

  it('is no longer waited for once the store is closed, and nothing is left that knocks there', async () => {
    const server = await silentServer({ path: join(folder, 'closed') });
    const connection = once(server, 'connection');
    const store = new DaemonStore(`unix://${folder}/closed`, { connectSeconds: 60 });
    const asked = store.facts().catch((error: unknown) => error);
    const [socket] = (await connection) as [Socket];
    const hungUp = once(socket.resume(), 'close');
    store.close();
    expect(await asked).toMatchObject({ code: 'cancelled' });
    await hungUp;
    server.close();
  });

  it.each(['ssh2', 'system'])(
    'is found out by %s when it offers another host key than the one that is pinned',
    async (ssh) => {
      vi.stubEnv('DISPATCH_SSH', ssh);
      const wrong = makeKey(join(folder, `wrong-${ssh}`));
      const pinned = readFileSync(`${wrong}.pub`).toString('base64');
      const { port } = farm.builder('box').ssh!;
      const uri = `ssh-ng://root@127.0.0.1:${port}`;
      // Others put such folders into the system's own.
      vi.stubEnv('TMPDIR', folder);
      const error = await failureOf(new DaemonStore({ uri, sshKey: key(), publicHostKey: pinned }));
      expect(error.message).toMatch(/Host key verification failed/i);
      expect(readdirSync(tmpdir()).filter((name) => name.startsWith('dispatch-ssh-'))).toEqual([]);
    },
  );

  it('leaves no pinned key behind when the process leaves at once', async () => {
    const server = await silentServer({ port: 0, host: '127.0.0.1' });
    const { port } = server.address() as { port: number };
    const pinned = readFileSync(`${makeKey(join(folder, 'pinned'))}.pub`).toString('base64');
    const temporary = mkdtempSync(join(folder, 'tmp-'));
    const script = join(import.meta.dirname, 'children', 'leave-at-once.ts');
    const loader = ['--conditions=dispatch-source', '--import', 'tsx'];
    const words = [...loader, script, `ssh-ng://root@127.0.0.1:${port}`, pinned];
    const child = spawn(process.execPath, words, {
      env: { ...process.env, TMPDIR: temporary, DISPATCH_SSH: 'system' },
      stdio: 'inherit',
    });
    const [code] = await once(child, 'exit');
    server.close();
    expect(code).toBe(7);
    expect(readdirSync(temporary).filter((name) => name.startsWith('dispatch-'))).toEqual([]);
  });

  it('is told apart from one whose login shell prints something', async () => {
    const noisy = join(folder, 'noisy');
    writeFileSync(noisy, '#!/bin/sh\necho Welcome to this machine\nexec nix-daemon "$@"\n');
    chmodSync(noisy, 0o755);
    const { port, publicHostKey } = farm.builder('box').ssh!;
    const uri = `ssh-ng://root@127.0.0.1:${port}?remote-program=${noisy}`;
    const error = await failureOf(new DaemonStore({ uri, sshKey: key(), publicHostKey }));
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain('prints text before the daemon speaks');
  });

  it('says when Nix is not there', async () => {
    const { port, publicHostKey } = farm.builder('box').ssh!;
    const uri = `ssh-ng://root@127.0.0.1:${port}?remote-program=/opt/none/nix-daemon`;
    const error = await failureOf(new DaemonStore({ uri, sshKey: key(), publicHostKey }));
    expect(error.message).toMatch(/\/opt\/none\/nix-daemon: (not found|No such file)/);
  });

  it('says which socket is missing', async () => {
    const error = await failureOf(new DaemonStore(`unix://${folder}/none`));
    expect(error.message).toMatch(/ENOENT.*check that the Nix daemon runs/);
  });
});

describe('a daemon of our own', () => {
  it('opens a local store', async () => {
    const { daemon } = farm.builder('box');
    const store = new DaemonStore(daemon.localUri, {
      environment: { ...process.env, NIX_CONF_DIR: daemon.confDir },
    });
    expect((await store.facts()).version).toMatchObject({ major: 1 });
    store.close();
  });
});

describe('a link that is cut', () => {
  it('is told with what ssh said about it', async () => {
    const store = storeOf(farm.builder('box'));
    const roots = store.holdRoots();
    await roots.add([]);
    const blocked = store.pool.withConnection(async (connection) => {
      await farm.builder('box').stop();
      const { isValidPath } = await import('@dispatch/protocol/operations/is-valid-path');
      return isValidPath(connection, `/nix/store/${'0'.repeat(32)}-x` as never);
    });
    await expect(blocked).rejects.toMatchObject({ code: 'connection-lost', builder: store.name });
    await expect(blocked).rejects.toThrow(/closed|lost/);
    roots.close();
    store.close();
    await farm.builder('box').start();
  });
});
