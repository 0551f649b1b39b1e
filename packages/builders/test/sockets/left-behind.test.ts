import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Child, childProcesses } from '../../../../test/farm/child-scripts.ts';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { keeperProgram } from '../../src/sockets/socket-keeper.ts';
import { SshBox } from '../ssh/ssh-box.ts';
import { storeOf, until } from '../store-content.ts';
import { echo, exchange } from './echo-client.ts';

let farm: Farm;
let box: SshBox;
let folder: string;
const start = childProcesses(new URL('../children/', import.meta.url));

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'box' }] });
  box = await SshBox.start(farm);
});
beforeEach(() => {
  folder = join(mkdtempSync(join(farm.folder, 's-')), 'made');
});
afterAll(async () => {
  await box?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

/** A process that listens at a path; `wish` is what it uses for SSH, if it does. */
async function listener(path: string, wish?: string): Promise<Child> {
  const far = `ssh-ng://root@127.0.0.1:${box.server.port}`;
  const { uri } = farm.builder('box');
  const [where, key] = wish === undefined ? [uri, ''] : [far, join(farm.folder, 'client-key')];
  const child = start('listens.ts', where, key, path, wish ?? '', box.cleanOptions);
  await until(() => child.lines().length > 0);
  return child;
}

function makeOld(path: string): void {
  const anHourAgo = Date.now() / 1000 - 3600;
  utimesSync(path, anHourAgo, anHourAgo);
}

it.each(['ssh2', 'system'])(
  'of a process that is killed, nothing stays on a machine behind SSH, by %s',
  async (wish) => {
    const path = join(folder, 'abc');
    const child = await listener(path, wish);
    expect(existsSync(path)).toBe(true);
    child.process.kill('SIGKILL');
    await until(() => !existsSync(path));
  },
);

it('the socket of a process that was killed here goes with the next one; those of the living stay', async () => {
  const [dead, young, alive, file] = ['dead', 'young', 'alive', 'file'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const [first, second] = await Promise.all([listener(dead), listener(young), listener(alive)]);
  for (const child of [first, second]) {
    child.process.kill('SIGKILL');
    await child.ended;
  }
  writeFileSync(file, '');
  for (const path of [dead, alive, file]) makeOld(path);
  const store = storeOf(farm.builder('box'));
  const { signal } = new AbortController();
  const socket = await store.listen(join(folder, 'abc'), echo, signal);
  expect([dead, young, alive, file].map((path) => existsSync(path))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  expect((await exchange(alive, 'hello')).toString()).toBe('');
  await socket.close();
  store.close();
});

describe('what sees to sockets on a machine takes them away', () => {
  const [program, ...words] = keeperProgram as [string, ...string[]];
  const keeper = async (path: string) => {
    const child = spawn(program, words, { stdio: 'pipe' });
    mkdirSync(folder);
    writeFileSync(path, '');
    child.stdin.write(`open ${path}\n`);
    await once(child.stdout, 'data');
    expect(existsSync(path)).toBe(true);
    return child;
  };

  it.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)('when it is sent a %s', async (name) => {
    const path = join(folder, 'abc');
    const child = await keeper(path);
    child.kill(name);
    await once(child, 'exit');
    expect(existsSync(path)).toBe(false);
  });

  it('when it answers and nobody hears it', async () => {
    const path = join(folder, 'abc');
    const child = await keeper(path);
    child.stdout.destroy();
    child.stdin.write(`remove ${folder}/other\n`);
    await once(child, 'exit');
    expect(existsSync(path)).toBe(false);
  });
});
