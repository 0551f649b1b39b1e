import { randomBytes } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { withDescendants } from '../../../../test/farm/processes.ts';
import type { DaemonStore } from '../../src/daemon-store.ts';
import type { MachineSocket } from '../../src/machine-socket.ts';
import { mostConnections } from '../../src/sockets/most-connections.ts';
import { SshBox } from '../ssh/ssh-box.ts';
import { storeOf, until } from '../store-content.ts';
import { connectTo, echo, exchange } from './echo-client.ts';

let farm: Farm;
let box: SshBox;
let folder: string;
let signal: AbortSignal;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'box' }] });
  box = await SshBox.start(farm);
});
beforeEach(() => {
  signal = new AbortController().signal;
  setMaxListeners(0, signal);
  folder = join(mkdtempSync(join(farm.folder, 's-')), 'made');
});
afterAll(async () => {
  await box?.[Symbol.asyncDispose]();
  await farm?.[Symbol.asyncDispose]();
});

const openStore = {
  'on this machine': () => storeOf(farm.builder('box')),
  'by our own SSH': () => box.open(),
  "by the system's ssh": () => box.open({ environment: { DISPATCH_SSH: 'system' } }),
} as const;

/** What the server runs for those who are logged in. */
function sessions(): number[] {
  const { pid } = box.server;
  return withDescendants([pid!]).filter((one) => one !== pid);
}

describe.each(Object.entries(openStore))('a socket %s', (way, open) => {
  let store: DaemonStore;
  let path: string;
  beforeEach(() => {
    store = open();
    path = join(folder, 'abc');
  });
  afterEach(() => store.close());

  it('is for everybody, in a folder that is for us to write in', async () => {
    const socket = await store.listen(path, echo, signal);
    expect(socket.path).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o666);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
    expect((await exchange(path, 'hello')).toString()).toBe('hello');
    await socket.close();
  });

  it('carries much, both ways at once', async () => {
    await store.listen(path, echo, signal);
    const sent = randomBytes(8 * 2 ** 20);
    const pairs = await Promise.all([exchange(path, sent), exchange(path, 'short')]);
    expect(pairs[0]?.equals(sent)).toBe(true);
    expect(pairs[1]?.toString()).toBe('short');
  });

  it('takes the place of a file that an earlier one left', async () => {
    mkdirSync(folder);
    writeFileSync(path, '');
    const socket = await store.listen(path, echo, signal);
    expect((await exchange(path, 'hello')).toString()).toBe('hello');
    await socket.close();
    const again = await store.listen(path, echo, signal);
    expect((await exchange(path, 'again')).toString()).toBe('again');
    await again.close();
  });

  it('is gone when it is closed, with its connections and for good', async () => {
    const socket = await store.listen(path, echo, signal);
    const client = await connectTo(path);
    client.write('x');
    await once(client, 'data');
    const hungUp = once(client, 'close');
    client.on('end', () => client.end());
    await Promise.all([socket.close(), socket.close()]);
    await hungUp;
    expect(existsSync(path)).toBe(false);
    let isLost = false;
    void socket.lost.then(() => {
      isLost = true;
    });
    store.close();
    if (way !== 'on this machine') await until(() => sessions().length === 0);
    expect(isLost).toBe(false);
  });

  it('takes no more from those who talk than is heard, and tells no faster than they listen', async () => {
    const streams: Duplex[] = [];
    await store.listen(path, (stream) => streams.push(stream), signal);
    const [talker, listener] = [await connectTo(path), await connectTo(path)];
    await until(() => streams.length === 2);
    listener.pause();
    const [unheard, telling] = streams;
    const kibibyte = Buffer.alloc(1024);
    const fill = async (stream: Duplex): Promise<number> => {
      let bytes = 0;
      for (let quiet = 0; quiet < 20; quiet += 1) {
        while (stream.writableLength < 65_536) {
          stream.write(kibibyte);
          bytes += kibibyte.length;
          quiet = 0;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return bytes;
    };
    expect(await fill(talker)).toBeLessThan(8 * 2 ** 20);
    expect(await fill(telling!)).toBeLessThan(8 * 2 ** 20);
    expect(unheard!.readableLength).toBeLessThan(2 ** 18);
    talker.destroy();
    listener.destroy();
  });

  it('has so many connections at a time, and more when some are over', async () => {
    await store.listen(path, echo, signal);
    const clients = await Promise.all(
      Array.from({ length: mostConnections + 8 }, () => connectTo(path)),
    );
    const answers = clients.map(async (client) => {
      client.on('error', () => {});
      client.write('x');
      return new Promise((resolve) => {
        client.once('data', () => resolve('answered')).once('close', () => resolve('hung up on'));
        client.once('end', () => client.destroy());
      });
    });
    const ended = (await Promise.all(answers)).filter((answer) => answer === 'hung up on');
    expect(ended).toHaveLength(8);
    for (const client of clients) client.destroy();
    const again = (): Promise<string> => exchange(path, 'again').then(String, () => 'hung up on');
    await until(async () => (await again()) === 'again');
  });

  it('is not made for a caller who has given up, nor at a path with words of a shell in it', async () => {
    const given = store.listen(path, echo, AbortSignal.abort());
    await expect(given).rejects.toMatchObject({ code: 'cancelled' });
    for (const bad of ['/x', 'x/y', '/a/../b', '/a/b c', '/a/$(b)', `/a/${'b'.repeat(120)}`]) {
      await expect(store.listen(bad, echo, signal)).rejects.toMatchObject({
        code: 'cannot-listen',
      });
    }
  });

  it('is not made where there is no place for it: who must make one is told', async () => {
    const refused = store.listen('/proc/dispatch/abc', echo, signal);
    await expect(refused).rejects.toMatchObject({
      code: 'cannot-listen',
      builder: store.name,
      message: expect.stringMatching(/install -d -m 0755 -o root \/proc\/dispatch/),
    });
  });
});

describe.each(['by our own SSH', "by the system's ssh"] as const)('a link %s', (way) => {
  it('that breaks takes its sockets along, and their files', async () => {
    const store = openStore[way]();
    const paths = ['one', 'two'].map((name) => join(folder, name));
    const sockets = await Promise.all(paths.map((path) => store.listen(path, echo, signal)));
    const client = await connectTo(paths[0]!);
    client.on('end', () => client.end());
    const hungUp = once(client, 'close');
    for (const pid of serverSessions()) process.kill(pid, 'SIGKILL');
    const errors = await Promise.all(sockets.map(({ lost }) => lost));
    expect(errors[0]).toBeInstanceOf(Error);
    await hungUp;
    await until(() => !paths.some((path) => existsSync(path)));
    await Promise.all(sockets.map((socket) => socket.close()));
    const again = await store.listen(paths[0]!, echo, signal);
    expect((await exchange(paths[0]!, 'again')).toString()).toBe('again');
    await again.close();
    store.close();
  });

  it('that is lost late leaves the file of whoever took the place', async () => {
    const path = join(folder, 'abc');
    const [one, two] = [openStore[way](), openStore[way]()];
    const first = await one.listen(path, echo, signal);
    const second = await two.listen(path, echo, signal);
    one.close();
    await first.lost;
    await until(() => sessions().length <= 3);
    expect((await exchange(path, 'mine')).toString()).toBe('mine');
    await second.close();
    two.close();
  });
});

/** The processes of sshd itself for each login: what they started is to find out by itself. */
function serverSessions(): number[] {
  const { pid } = box.server;
  return withDescendants([pid!]).filter((one) => one !== pid && isSshd(one));
}

function isSshd(pid: number): boolean {
  return statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false })?.ino === sshdInode;
}

const sshdInode = statSync('/usr/sbin/sshd').ino;

it('many sockets share a login, which ends with the last', async () => {
  await using own = await SshBox.start(farm, { settings: { MaxSessions: '1' } });
  const store = own.open();
  const made: Promise<MachineSocket>[] = [];
  for (let at = 0; at < 12; at += 1) made.push(store.listen(join(folder, `s${at}`), echo, signal));
  const sockets = await Promise.all(made);
  expect(await own.logins()).toBe(1);
  const texts = await Promise.all(sockets.map(({ path }) => exchange(path, path)));
  expect(texts.map(String)).toEqual(sockets.map(({ path }) => path));
  expect((await store.facts()).trust).toBe('trusted');
  expect(await own.logins()).toBe(2);
  await Promise.all(sockets.map((socket) => socket.close()));
  await store.listen(join(folder, 'new'), echo, signal);
  expect(existsSync(join(folder, 'new'))).toBe(true);
});

describe.each(['ssh2', 'system'])('a server that refuses, by %s:', (wish) => {
  const refusal = async (settings: Record<string, string>, seconds = 10): Promise<unknown> => {
    await using own = await SshBox.start(farm, { settings });
    const store = own.open({ environment: { DISPATCH_SSH: wish }, connectSeconds: seconds });
    const refused = store.listen(join(folder, 'abc'), echo, signal);
    return await refused.catch((error: unknown) => error);
  };

  it('sockets are not forwarded', async () => {
    expect(await refusal({ AllowStreamLocalForwarding: 'no' })).toMatchObject({
      code: 'cannot-listen',
      message: expect.stringContaining('AllowStreamLocalForwarding'),
    });
  });

  it('a command is forced on us', async () => {
    expect(await refusal({ ForceCommand: '/bin/false' })).toMatchObject({
      code: 'cannot-listen',
      message: expect.stringContaining('ForceCommand'),
    });
  });

  it('a command is forced on us that says nothing', async () => {
    expect(await refusal({ ForceCommand: '/bin/sleep 5' }, 2)).toMatchObject({
      code: 'cannot-listen',
      message: expect.stringContaining('no answer within 2 s'),
    });
  });
});
