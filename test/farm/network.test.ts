import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endAbandonedFarms } from './abandoned-farms.ts';
import type { Builder } from './builder.ts';
import { type Farm, startFarm } from './farm.ts';
import { runVariable } from './farm-folder.ts';
import { linksOf } from './network.ts';
import { processesOf } from './processes.ts';

let farm: Farm;
let far: Builder;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'far', away: true },
      { name: 'other', away: true },
    ],
  });
  far = farm.builder('far');
});
afterAll(() => farm?.[Symbol.asyncDispose]());

/** What a server says first, within a second, or what became of the connection. */
function greeting({ ssh }: Builder): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(ssh!.port, ssh!.host);
    const end = (what: string): void => {
      socket.destroy();
      resolve(what);
    };
    socket.once('data', (data) => end(String(data)));
    socket.once('error', (error) => end(error.message));
    setTimeout(() => end('silence'), 1000);
  });
}

/** Milliseconds that it takes to send this many bytes to a login. */
async function sendingMs(bytes: number): Promise<number> {
  const file = join(farm.folder, 'sent');
  writeFileSync(file, randomBytes(bytes));
  const login = `ssh -F ${farm.folder}/ssh_config far 'cat > /dev/null' < ${file}`;
  const began = performance.now();
  expect((await farm.hub.run('sh', ['-c', login])).code).toBe(0);
  return performance.now() - began;
}

test('builders that are away have addresses of their own, and no way to the network around them', async () => {
  expect(far.uri).not.toBe(farm.builder('other').uri);
  const routes = await farm.hub.run('ssh', [
    '-F',
    `${farm.folder}/ssh_config`,
    'far',
    'cat /proc/net/route',
  ]);
  const [, ...lines] = routes.stdout.trim().split('\n');
  const [names, targets] = [0, 1].map((at) => lines.map((line) => line.split('\t')[at]));
  expect(new Set(names)).toEqual(new Set(['eth0']));
  expect(targets).not.toContain('00000000');
});

test('a link that is cut says nothing, and the others know nothing of it', async () => {
  expect(await greeting(far)).toMatch(/^SSH-2/);
  far.network.cut();
  expect(await greeting(far)).toBe('silence');
  expect(await greeting(farm.builder('other'))).toMatch(/^SSH-2/);
  far.network.mend();
  expect(await greeting(far)).toMatch(/^SSH-2/);
});

test('a link may lose some packets, or be slow', async () => {
  const plain = await sendingMs(400_000);
  far.network.lose(0.1);
  await sendingMs(400_000);
  far.network.mend();
  far.network.throttle(2000);
  expect(await sendingMs(400_000)).toBeGreaterThan(plain + 1000);
  far.network.throttle(1_000_000);
});

test('what a killed run left behind a cut link is known for what it is, and ended', async () => {
  const main = join(import.meta.dirname, 'main.ts');
  const login = 'ssh -F "$HOME/../ssh_config" builder-1 "sleep 60"';
  const words = ['--import', 'tsx', main, '--away', '--', 'sh', '-c', `echo "$HOME"; ${login}`];
  const { [runVariable]: _, ...env } = process.env;
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [home] = (await once(child.stdout, 'data')) as [Buffer];
  const folder = join(String(home).trim(), '..');
  await expect
    .poll(() => processesOf(folder).map(({ command }) => command), { timeout: 10_000 })
    .toContain('sleep 60');
  expect(linksOf(folder)).toHaveLength(2);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(folder)).toBe(true);
  endAbandonedFarms();
  await expect.poll(() => processesOf(folder)).toEqual([]);
  expect(linksOf(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});
