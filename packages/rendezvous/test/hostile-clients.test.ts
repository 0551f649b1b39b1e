import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RawClient, requestText } from './support/raw-client.ts';
import { startWorld, type World } from './support/world.ts';

const quick = { proofMs: 500, transferMs: 500 };
/** More than `quick` allows by far, and less than a test may take. */
const soon = { timeout: 20_000 };

function clientOf(world: World, reads = true): RawClient {
  return new RawClient(world.socket('control'), { reads });
}

/** The authorization of `control`, which has proven itself. */
async function proven(world: World): Promise<{ authorization: string }> {
  const { token, tag } = await world.hello('control');
  world.rendezvous.noteLine('control', tag);
  return { authorization: `Bearer ${token}` };
}

/** Anything; and requests that something was cut from, or put into. */
function bytesLike(request: string): fc.Arbitrary<Buffer> {
  const mangled = fc.tuple(fc.nat(request.length), fc.nat(20), fc.uint8Array({ maxLength: 20 }));
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    mangled.map(([at, gone, put]) =>
      Buffer.concat([
        Buffer.from(request.slice(0, at)),
        put,
        Buffer.from(request.slice(at + gone)),
      ]),
    ),
  );
}

test('who says nothing, or half a request, is cut off', async () => {
  const world = await startWorld(quick);
  const half = ['', 'G', 'GET /self HTTP/1.1\r\n', 'GET /self HTTP/1.1\r\nhost: x\r\nx-a: '];
  const clients = half.map((text) => clientOf(world).write(text));
  await expect.poll(() => clients.every(({ isClosed }) => isClosed), soon).toBe(true);
});

test('who sends a header a byte at a time is cut off all the same', async () => {
  const world = await startWorld(quick);
  const client = clientOf(world).write('GET /self HTTP/1.1\r\nx: ');
  const drip = setInterval(() => client.write('x'), 20);
  await expect.poll(() => client.isClosed, soon).toBe(true);
  clearInterval(drip);
});

test('a body that does not come is not waited for', async () => {
  const world = await startWorld(quick);
  const headers = { ...(await proven(world)), 'content-length': '100' };
  const client = clientOf(world).write(requestText('send/x', headers, 'a='));
  await expect.poll(() => client.isClosed, soon).toBe(true);
  expect(client.status).toBe(408);
});

test('bodies are not read beyond what a call may have, announced or not', async () => {
  const world = await startWorld();
  const control = await world.join('control');
  const zeroes = ['-X', 'PUT', '-T', '/dev/zero', '-H', 'Transfer-Encoding: chunked'];
  expect((await control('put/image', ...zeroes)).status).toBe(413);
  expect((await control('send/x', ...zeroes, '-H', 'Expect:')).status).toBe(413);
  expect((await control('sync/x', '-d', '@/bin/sh')).status).toBe(413);
  const authorization = await proven(await startWorld());
  for (const length of ['99999999999', '1048577']) {
    const client = clientOf(world);
    client.write(requestText('put/x', { ...authorization, 'content-length': length }));
    await expect.poll(() => client.status, soon).toBe(403);
  }
  expect((await control('self')).status).toBe(200);
});

test('who is about to send too much is told so, and can read it', async () => {
  const world = await startWorld();
  const client = clientOf(world);
  const faults: unknown[] = [];
  client.socket.on('error', (error) => faults.push(error));
  const request = requestText('put/x', await proven(world), 'x'.repeat(8 * 1024 * 1024));
  await new Promise((resolve) => client.socket.write(request, resolve));
  await expect.poll(() => client.status, soon).toBe(413);
  expect(faults).toEqual([]);
});

test('a body that its sender first asks for is asked for only of a member', async () => {
  const world = await startWorld();
  const headers = { expect: '100-continue', 'content-length': '3' };
  const stranger = clientOf(world).write(requestText('send/x', headers));
  await expect.poll(() => stranger.status, soon).toBe(403);
  const member = clientOf(world).write(
    requestText('send/x', { ...headers, ...(await proven(world)) }),
  );
  await expect.poll(() => member.status, soon).toBe(100);
  member.write('a=1');
  await expect.poll(() => member.text, soon).toContain('HTTP/1.1 200');
});

test('what is no request is answered by one line, and by the end', async () => {
  const world = await startWorld();
  const long = `GET /self HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`;
  const bad: readonly (readonly [string, number])[] = [
    ['\u0016\u0003\u0001\u0002\0\u0001\0\u0001', 400],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['GET /self HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n', 400],
    ['GET /self HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    [requestText('self', { 'transfer-encoding': 'chunked', 'content-length': '3' }), 400],
    ['GET /self\nhost: x\n\n', 400],
    [long, 431],
    [`GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431],
  ];
  for (const [text, status] of bad) {
    const client = clientOf(world).write(Buffer.from(text, 'latin1'));
    await expect.poll(() => client.isClosed, soon).toBe(true);
    expect(`${text.slice(0, 40)} ${client.status}`).toBe(`${text.slice(0, 40)} ${status}`);
  }
});

test('tunnels and other protocols are not spoken', async () => {
  const world = await startWorld();
  const tunnel = clientOf(world).write('CONNECT example.org:80 HTTP/1.1\r\nhost: x\r\n\r\n');
  await expect.poll(() => tunnel.isClosed, soon).toBe(true);
  const upgrade = requestText('self', { connection: 'upgrade', upgrade: 'websocket' });
  const client = clientOf(world).write(upgrade);
  await expect.poll(() => client.status || client.isClosed, soon).toBe(403);
});

test('several calls at once over one connection end it', async () => {
  const world = await startWorld();
  const headers = await proven(world);
  const client = clientOf(world).write(requestText('sync/x', headers).repeat(1000));
  await expect.poll(() => client.isClosed, soon).toBe(true);
  expect(world.calls.filter(({ call }) => call === 'sync').length).toBeLessThanOrEqual(1);
});

test('one call after another over one connection is well', async () => {
  const world = await startWorld(quick);
  const headers = await proven(world);
  const client = clientOf(world);
  for (let count = 1; count <= 20; count += 1) {
    client.write(requestText('self', headers));
    const answers = (): number => client.text.split('HTTP/1.1 200').length - 1;
    await expect.poll(answers, { ...soon, interval: 5 }).toBe(count);
  }
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(client.isClosed).toBe(false);
});

test('who hangs up while it waits is forgotten, but has come to its barrier', async () => {
  const world = await startWorld();
  const headers = await proven(world);
  const waiting = clientOf(world).write(requestText('sync/x', headers));
  await expect.poll(() => world.calls.at(-1)?.call, soon).toBe('sync');
  waiting.socket.end();
  await expect.poll(() => waiting.isClosed, soon).toBe(true);
  await expect.poll(() => world.connections(), soon).toBe(0);
  const [one, two] = [await world.join('board.1'), await world.join('board.2')];
  const passed = await Promise.all([one('sync/x'), two('sync/x')]);
  expect(passed.map(({ status }) => status)).toEqual([200, 200]);
  // What it asked for and nobody waits for any more is no reason to fail.
  expect(await two('wait/y?from=board.1', '--max-time', '0.3')).toMatchObject({ exit: 28 });
  await expect.poll(() => world.connections(), soon).toBe(0);
  world.rendezvous.finish('board.1');
  expect(world.failures).toEqual([]);
});

test('who does not read its answer is cut off', async () => {
  const world = await startWorld(quick);
  const headers = await proven(world);
  const put = clientOf(world).write(requestText('put/x', headers, 'x'.repeat(1024 * 1024)));
  await expect.poll(() => put.status, soon).toBe(200);
  const deaf = clientOf(world, false).write(requestText('get/x', headers));
  await expect.poll(() => world.calls.at(-1)?.call, soon).toBe('get');
  put.socket.destroy();
  await expect.poll(() => world.connections(), soon).toBe(0);
  deaf.socket.destroy();
});

test('who does not read the verdict does not hold up the end', async () => {
  const world = await startWorld();
  const headers = await proven(world);
  const waiting = clientOf(world, false).write(requestText('get/x', headers));
  const put = clientOf(world).write(requestText('put/x', headers, 'x'.repeat(1024 * 1024)));
  await expect.poll(() => put.status, soon).toBe(200);
  await world.rendezvous.close();
  await expect.poll(() => world.connections(), { timeout: 5000 }).toBe(0);
  expect(put.isClosed).toBe(true);
  waiting.socket.destroy();
});

test('strangers cannot keep a member from its own socket', async () => {
  const world = await startWorld();
  const silent = Array.from({ length: 100 }, () => clientOf(world));
  const asking = Array.from({ length: 100 }, () =>
    clientOf(world).write(requestText('self', { authorization: `Bearer ${'f'.repeat(48)}` })),
  );
  await expect.poll(() => silent.every(({ isClosed }) => isClosed), soon).toBe(true);
  expect(await world.connections()).toBeLessThanOrEqual(32);
  const control = await world.join('control');
  expect((await control('self')).status).toBe(200);
  expect(asking.some(({ status }) => status === 200)).toBe(false);
});

test('a flood of hellos leaves nothing behind', async () => {
  const world = await startWorld();
  const client = clientOf(world);
  for (let count = 0; count < 2000; count += 1) {
    const length = client.text.length;
    client.write(requestText('hello'));
    await new Promise((resolve) => client.socket.once('data', resolve));
    expect(client.text.length).toBeGreaterThan(length);
  }
  expect(world.calls).toEqual([]);
  const control = await world.join('control');
  expect((await control('self')).status).toBe(200);
});

test('a member that waits on all of its connections is told so; one that idles makes room', async () => {
  const world = await startWorld({ connections: 2 });
  const headers = await proven(world);
  const [busy, idle] = [clientOf(world), clientOf(world)];
  busy.write(requestText('sync/x', headers));
  idle.write(requestText('self', headers));
  await expect.poll(() => [world.calls.length, idle.status], soon).toEqual([3, 200]);
  const next = clientOf(world).write(requestText('sync/x', headers));
  await expect.poll(() => idle.isClosed, soon).toBe(true);
  await expect.poll(() => world.calls.length, soon).toBe(4);
  const last = clientOf(world).write(requestText('self', headers));
  await expect.poll(() => last.status, soon).toBe(507);
  expect(last.text).toContain('control waits on too many connections');
  expect([busy.isClosed, next.isClosed]).toEqual([false, false]);
});

test('a member that never stops calling is stopped, and fills no log', async () => {
  const world = await startWorld({ calls: 5 });
  const control = await world.join('control');
  const statuses: number[] = [];
  for (let count = 0; count < 6; count += 1) statuses.push((await control('list')).status);
  expect(statuses).toEqual([200, 200, 200, 200, 507, 507]);
  expect(world.calls).toHaveLength(5);
});

test('no bytes whatever make it hang, crash or leak', async () => {
  const world = await startWorld({ proofMs: 100, transferMs: 100 });
  const headers = await proven(world);
  const batches = fc.sample(
    fc.array(bytesLike(requestText('send/x', headers, 'a=1')), { minLength: 20, maxLength: 25 }),
    20,
  );
  for (const batch of batches) {
    const clients = batch.map((bytes, index) => {
      const client = clientOf(world).write(bytes);
      if (index % 3 === 0) client.socket.end();
      if (index % 5 === 0) setTimeout(() => client.socket.destroy(), index % 7);
      return { client, isMember: bytes.includes(headers.authorization) };
    });
    // What the member asked by its own token, if only for nonsense, is answered, and it may ask on.
    const open = (): boolean[] =>
      clients
        .filter(({ client, isMember }) => !client.isClosed && !(isMember && client.status > 0))
        .map(({ isMember }) => isMember);
    await expect.poll(open, soon).toEqual([]);
    for (const { client } of clients) client.socket.destroy();
  }
  await expect.poll(() => world.connections(), soon).toBe(0);
  const board = await world.join('board.1');
  expect((await board('self')).status).toBe(200);
});

test('a connection that breaks at any moment breaks nothing else', async () => {
  const world = await startWorld(quick);
  const headers = await proven(world);
  const long = requestText('put/x', headers, randomBytes(500_000).toString('latin1'));
  for (let count = 0; count < 40; count += 1) {
    const client = clientOf(world).write(long.slice(0, count * 13_000));
    setTimeout(() => client.socket.resetAndDestroy?.(), count % 10);
    setTimeout(() => client.socket.destroy(), (count % 10) + 1);
  }
  await expect.poll(() => world.connections(), soon).toBe(0);
});
