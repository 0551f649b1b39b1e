import { expect, test } from 'vitest';
import { DaemonConnection } from '../src/daemon-connection.ts';
import type { DaemonEvent } from '../src/daemon-event.ts';
import { defaultLimits } from '../src/limits.ts';
import { addPermRoot } from '../src/operations/add-perm-root.ts';
import { addToStoreNar } from '../src/operations/add-to-store-nar.ts';
import { buildAndDescribe, buildDerivation } from '../src/operations/build-derivation.ts';
import { isValidPath } from '../src/operations/is-valid-path.ts';
import { queryPathInfo } from '../src/operations/query-path-info.ts';
import { queryReferrers } from '../src/operations/query-referrers.ts';
import { fileInStore, shellDerivation, storePath } from './daemon.ts';
import { greeting, last, ScriptedPeer, wire } from './scripted-peer.ts';

const path = storePath('any');
const longPaths = Array.from({ length: 20 }, (_, at) => storePath('long'.repeat(50) + at));
const limits = { ...defaultLimits, name: 256, items: 100, reply: 4096 };

/** A connection whose daemon answers the next request with these bytes. */
async function answering(
  reply: Uint8Array,
  { minor = 35, hangUp = false, piece = 0, within = limits } = {},
) {
  const peer = new ScriptedPeer(greeting(minor));
  const connection = await DaemonConnection.open(peer.streams, { limits: within });
  const size = piece || reply.length || 1;
  setImmediate(() => {
    for (let at = 0; at < reply.length; at += size) peer.say(reply.subarray(at, at + size));
    if (hangUp) peer.streams.destroy();
  });
  return { connection, peer };
}

async function* endless(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(100);
  await new Promise(() => undefined);
}

function buildAny(connection: DaemonConnection) {
  const derivation = shellDerivation('any', 'true');
  return buildDerivation(connection, { drvPath: path, derivation, mode: 'normal' });
}

test.each([
  ['a text longer than allowed', wire(last, 1, 257), 'too-large'],
  ['a length beyond 2^53', Buffer.concat([wire(last), Buffer.alloc(8, 255)]), 'too-large'],
  ['more items than allowed', wire(last, 101), 'too-large'],
  ['more in all than allowed', wire(last, 100, ...longPaths), 'too-large'],
  ['padding that is not zero', wire(last, 1, path).fill(1, 8 + 8 + 8 + path.length), 'bad-reply'],
  ['a path that is none', wire(last, 1, '/etc/passwd'), 'bad-reply'],
  ['a message of no known kind', wire(0x1234), 'bad-reply'],
  ['data asked for where there is none', wire(0x64617461, 32), 'bad-reply'],
])('%s', async (_what, reply, code) => {
  const { connection, peer } = await answering(reply);
  await expect(queryReferrers(connection, path)).rejects.toMatchObject({
    name: 'ProtocolError',
    code,
    operation: 'QueryReferrers',
  });
  expect(connection.usable).toBe(false);
  expect(peer.destroyed).toBe(true);
});

test('a reply cut off is a lost connection', async () => {
  const { connection } = await answering(wire(last, 2, path), { hangUp: true });
  await expect(queryReferrers(connection, path)).rejects.toMatchObject({ code: 'connection-lost' });
});

test('bytes beyond the reply are noticed by the next call', async () => {
  const { connection } = await answering(wire(last, 1, 77));
  expect(await isValidPath(connection, path)).toBe(true);
  await expect(isValidPath(connection, path)).rejects.toMatchObject({ code: 'bad-reply' });
});

test('cpu times come at 1.37', async () => {
  const times = [1, 0, 10, 20, 1, 1_500_000, 0, 0];
  const { connection } = await answering(wire(last, 0, '', ...times), { minor: 37, piece: 3 });
  const result = await buildAny(connection);
  expect(result).toMatchObject({ startTime: 10, stopTime: 20, cpuUser: 1_500_000 });
  expect(result.cpuSystem).toBeUndefined();
  expect(connection.usable).toBe(true);
});

test('of a message of megabytes the beginning and the end are kept', async () => {
  const message = `builder failed\n${'\u0001'.repeat(1 << 20)}\nnote: the disk was full`;
  const { connection } = await answering(wire(last, 9, message, 0, 0, 0, 0, 0), {
    within: defaultLimits,
  });
  const { errorMessage } = await buildAny(connection);
  expect(errorMessage).toMatch(/^builder failed\n[^]*\n\.\.\.\n[^]*\nnote: the disk was full$/);
  expect(errorMessage.length).toBeLessThan(20_000);
});

test('a realisation of megabytes that is none is told of in its beginning', async () => {
  const outputs = [1, 'sha256:00!out', '{'.repeat(1 << 20)];
  const reply = wire(last, 0, '', 0, 0, 0, 0, ...outputs);
  const { connection } = await answering(reply, { within: defaultLimits });
  const error = await buildAny(connection).catch((caught: Error) => caught);
  expect(error).toMatchObject({ message: expect.stringMatching(/'\{{1024}\.\.\.' is not JSON$/) });
});

test('a status that nobody knows is refused', async () => {
  const { connection } = await answering(wire(last, 15, '', 0, 0, 0, 0, 0));
  await expect(buildAny(connection)).rejects.toMatchObject({ code: 'bad-reply' });
});

test('a hash that is none is refused', async () => {
  const { connection } = await answering(wire(last, 1, '', 'beef', 0, 0, 0, 0, 0, ''));
  await expect(queryPathInfo(connection, path)).rejects.toMatchObject({ code: 'bad-reply' });
});

test('a permanent root is made at 1.37', async () => {
  const { connection, peer } = await answering(wire(last, '/root'), { minor: 37 });
  await addPermRoot(connection, { path, link: '/root' });
  expect(peer.told.subarray(-wire(47, path, '/root').length)).toEqual(wire(47, path, '/root'));
});

test('activities are passed on with ids of 64 bits, in order', async () => {
  const id = 2 ** 52;
  const reply = Buffer.concat([
    wire(0x53545254, id, 3, 105, 'building', 2, 1, '/drv', 0, 7, 0),
    wire(0x52534c54, id, 104, 1, 1, 'unpackPhase'),
    wire(0x52534c54, id, 105, 4, 0, 1, 0, 2, 0, 3, 0, 4),
    wire(0x52534c54, id, 106, 2, 0, 105, 0, 9),
    wire(0x52534c54, id, 999, 1, 1, 'new'),
    wire(0x6f6c6d67, 'warning: \u001b[1mhot\n'),
    wire(0x53544f50, id),
    wire(last, 1),
  ]);
  const { connection } = await answering(reply, { piece: 5 });
  const events: DaemonEvent[] = [];
  await isValidPath(connection, path, { onEvent: (event) => void events.push(event) });
  const about = { type: 'result', id: BigInt(id) };
  expect(events).toEqual([
    {
      type: 'activity-started',
      id: BigInt(id),
      level: 3,
      activity: 'build',
      text: 'building',
      fields: ['/drv', 7],
      parent: 0n,
    },
    { ...about, result: { type: 'set-phase', phase: 'unpackPhase' } },
    { ...about, result: { type: 'progress', done: 1, expected: 2, running: 3, failed: 4 } },
    { ...about, result: { type: 'set-expected', activity: 'build', expected: 9 } },
    { ...about, result: { type: 'other', number: 999, fields: ['new'] } },
    { type: 'message', text: 'warning: \u001b[1mhot' },
    { type: 'activity-stopped', id: BigInt(id) },
  ]);
});

test('of requests that were written together, the one that was refused is named', async () => {
  const { connection } = await answering(wire(0x63787470, 'Error', 0, 'Error', 'not so', 0, 0));
  const derivation = shellDerivation('any', 'true');
  const request = { drvPath: path, derivation, mode: 'normal' } as const;
  await expect(buildAndDescribe(connection, request, [path])).rejects.toMatchObject({
    code: 'daemon-error',
    operation: 'BuildDerivation',
  });
});

test('an early error ends the frames, though the source never ends', async () => {
  const error = wire(0x63787470, 'Error', 0, 'Error', 'disk full', 0, 0);
  const { connection, peer } = await answering(error);
  const { info } = fileInStore('any', Buffer.alloc(8));
  const request = { info, nar: endless(), repair: false, dontCheckSigs: true };
  await expect(addToStoreNar(connection, request)).rejects.toThrow('disk full');
  expect(connection.usable).toBe(true);
  await expect.poll(() => peer.told.readBigUInt64LE(peer.told.length - 8)).toBe(0n);
});
