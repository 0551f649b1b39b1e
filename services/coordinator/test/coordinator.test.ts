import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { childProcesses, scriptArguments } from '../../../test/farm/child-scripts.ts';
import { ask } from '../src/client/ask.ts';
import { CoordinatorConnection } from '../src/client/connection.ts';
import { followRun } from '../src/client/follow-run.ts';
import { startCoordinator } from '../src/client/program.ts';
import { type Reach, reachCoordinator } from '../src/client/reach.ts';
import type { Version } from '../src/messages/version.ts';
import { placeHolder } from '../src/place/claim.ts';
import { type Place, socketOf } from '../src/place/place.ts';
import { order, runId } from './support/order.ts';
import { temporaryPlaces } from './support/place.ts';

const newPlace = temporaryPlaces();
const scripts = new URL('children/', import.meta.url);
const start = childProcesses(scripts);
const noStop = new AbortController().signal;
const places: Place[] = [];

afterEach(() => {
  for (const pid of places.splice(0).flatMap(alive)) process.kill(pid, 'SIGKILL');
});

function version(builtAt: number): Version {
  return { release: '1.0.0', builtAt };
}

function reachOf(place: Place, builtAt: number): Reach {
  places.push(place);
  const script = scriptArguments(new URL('coordinator.ts', scripts), [
    place.ledger,
    String(builtAt),
    'started',
  ]);
  const program = {
    program: '/bin/sh',
    arguments: [
      '-c',
      'echo $$ >> "$0" && exec "$@"',
      startedFile(place),
      process.execPath,
      ...script,
    ],
    environment: { PATH: process.env['PATH'], DISPATCH_TEST_RUN: process.env['DISPATCH_TEST_RUN'] },
  };
  return { place, version: version(builtAt), start: () => startCoordinator(program, place) };
}

function startedFile({ folder }: Place): string {
  return join(folder, 'started');
}

/** The ids of all that were started, also of those that came too late. */
function allStarted(place: Place): number[] {
  if (!existsSync(startedFile(place))) return [];
  return readFileSync(startedFile(place), 'utf8').trim().split('\n').map(Number);
}

function alive(place: Place): number[] {
  return allStarted(place).filter((pid) => existsSync(`/proc/${pid}`));
}

function reached(reach: Reach): Promise<CoordinatorConnection> {
  return reachCoordinator(reach, noStop);
}

/** Sends bytes as they are and gives all that comes back until it is hung up on. */
function answered(place: Place, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket: Socket = connect(socketOf(place), () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

test('it is started when there is none, once for all, for this user alone', async () => {
  const place = newPlace();
  const reach = reachOf(place, 1);
  const [one, other] = await Promise.all([reached(reach), reached(reach)]);
  expect(one.greeting.pid).toBe(other.greeting.pid);
  expect(statSync(place.folder).mode & 0o777).toBe(0o700);
  expect(statSync(socketOf(place)).mode & 0o777).toBe(0o600);
  expect(sessionOf(one.greeting.pid)).toBe(one.greeting.pid);
});

test('whoever started it goes away without a word: it ends', async () => {
  const place = newPlace();
  const started = reachOf(place, 1).start()!;
  started.channel.destroy();
  expect(await started.exitCode()).toBe(0);
});

test.each(['starts', 'listens'])(
  'whoever comes when one that is needless %s has one none the less',
  async (when) => {
    const place = newPlace();
    const reach = reachOf(place, 1);
    const needless = reach.start()!;
    if (when === 'listens') while (!existsSync(socketOf(place))) await sleep(1);
    needless.channel.destroy();
    const { greeting } = await reached(reach);
    expect(greeting.pid).toBe(placeHolder(place));
    await expect(connected(place, 1)).resolves.toMatchObject({ greeting });
  },
);

test.each(['starts', 'listens'])(
  'one that was started ahead is asked while it %s, and not again when it was lost',
  async (when) => {
    const place = newPlace();
    const usual = reachOf(place, 1);
    const started = [usual.start()!];
    const reach = { ...usual, startedAhead: () => started.pop() };
    if (when === 'listens') while (!existsSync(socketOf(place))) await sleep(1);
    const first = await reached(reach);
    process.kill(first.greeting.pid, 'SIGKILL');
    for await (const _ of first.answers());
    const second = await reached(reach);
    expect(allStarted(place)).toEqual([first.greeting.pid, second.greeting.pid]);
  },
);

test('a socket that was closed before anybody listened is told of as closed', async () => {
  const socket = new Socket().destroy();
  await once(socket, 'close');
  await expect(
    CoordinatorConnection.greet(socket, newPlace(), version(1)),
  ).resolves.toBeUndefined();
});

test('one that was killed leaves a socket behind, which the next replaces', async () => {
  const place = newPlace();
  const first = await reached(reachOf(place, 1));
  process.kill(first.greeting.pid, 'SIGKILL');
  for await (const _ of first.answers());
  const second = await reached(reachOf(place, 1));
  expect(second.greeting.pid).not.toBe(first.greeting.pid);
  expect(placeHolder(place)).toBe(second.greeting.pid);
});

test('a run that ends every coordinator is given up, and none is started for it any longer', async () => {
  const place = newPlace();
  const reach = reachOf(place, 1);
  const request = { type: 'build', run: runId(), order, detached: false } as const;
  const listener = {
    onEvent: () => {},
    onLost: () => {},
    onLeftOut: () => {},
    onAccepted: () => process.kill(placeHolder(place)!, 'SIGKILL'),
  };
  const following = followRun(reach, await reached(reach), request, listener, noStop);
  await expect(following).rejects.toMatchObject({
    code: 'lost',
    message: expect.stringMatching(/again and again; why may be in .*log, and 'dispatch watch 2/),
  });
  expect(allStarted(place)).toHaveLength(5);
  await expect.poll(() => alive(place)).toEqual([]);
});

test('a path that is too long for the address of a socket is none the less a place', async () => {
  const place = newPlace('d'.repeat(120));
  const { greeting } = await reached(reachOf(place, 1));
  expect(greeting.pid).toBe(placeHolder(place));
});

test('a newer command replaces an idle older coordinator; an older one says what to do', async () => {
  const place = newPlace();
  const first = start('coordinator.ts', place.ledger, '1');
  await expect.poll(first.lines, { timeout: 20_000 }).toEqual(['listening']);
  const second = await reached(reachOf(place, 2));
  expect(await first.ended).toBe(0);
  expect(second.greeting.version).toEqual(version(2));
  await expect(reachCoordinator(reachOf(place, 1), noStop)).rejects.toMatchObject({
    code: 'other-version',
    message: expect.stringMatching(
      /process \d+\) is of a newer dispatch .* does nothing; .*'kill \d+'/,
    ),
  });
});

test('a newer command leaves an older coordinator alone that has something to do', async () => {
  const place = newPlace();
  const first = await reached(reachOf(place, 1));
  const run = runId();
  first.send({ type: 'build', run, order, detached: true, since: 0 });
  const busy = async () => (await connected(place, 1)).greeting.running;
  await expect.poll(busy).toBe(1);
  await expect(reachCoordinator(reachOf(place, 2), noStop)).rejects.toMatchObject({
    code: 'other-version',
    message: expect.stringContaining('is of an older dispatch'),
  });
  expect(placeHolder(place)).toBe(first.greeting.pid);
});

async function connected(place: Place, builtAt: number): Promise<CoordinatorConnection> {
  const connection = await CoordinatorConnection.open(place, version(builtAt));
  if (connection === undefined) throw new Error('nobody is there');
  connection.close();
  return connection;
}

const hello = JSON.stringify({ type: 'hello', version: version(1) });

test.each([
  ['no JSON', 'GET / HTTP/1.1\r\n\r\n', ''],
  ['no hello', '{"type":"status"}\n', 'that is no request'],
  ['no request', `${hello}\n{"type":"build","run":"../../etc/passwd"}\n`, 'is no name of a run'],
  ['a field too many', `${hello}\n{"type":"status","more":1}\n`, 'Unrecognized key'],
  ['another version', `${hello.replace(':1}', ':7}')}\n{"type":"status"}\n`, 'other-version'],
])('who sends %s is told so and hung up on; others notice nothing', async (_, bytes, said) => {
  const place = newPlace();
  const friend = await reached(reachOf(place, 1));
  const heard = await answered(place, bytes);
  expect(heard).toContain(said);
  const { runs } = await ask(friend, { type: 'status' }, 'status');
  expect(runs).toEqual([]);
});

test('a request longer than any is cut off, without being kept', async () => {
  const place = newPlace();
  const friend = await reached(reachOf(place, 1));
  const endless = connect(socketOf(place));
  const closed = new Promise((resolve) => endless.once('close', resolve));
  endless.on('error', () => {});
  endless.write(`${hello}\n`);
  const chunk = Buffer.alloc(1 << 20, 'x');
  // What is written after the other end hung up fails without a pause, again and again.
  const send = (): void => {
    if (endless.writable) endless.write(chunk, send);
  };
  send();
  await closed;
  expect(await ask(friend, { type: 'status' }, 'status')).toMatchObject({ runs: [] });
});

/** See proc_pid_stat(5): field 6. */
function sessionOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}
