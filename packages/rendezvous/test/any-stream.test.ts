import { once } from 'node:events';
import { request } from 'node:http';
import { Duplex, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { requestText } from './support/raw-client.ts';
import { startWorld } from './support/world.ts';

/** Two ends of a connection that is no socket, as a channel of an SSH connection is none. */
function streamPair(): [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()];
  return [
    Duplex.from({ readable: back, writable: there }),
    Duplex.from({ readable: there, writable: back }),
  ];
}

async function ask(stream: Duplex, path: string, token = ''): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, connection: 'close' };
  const asked = request({ path, headers, createConnection: () => stream });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  for await (const bytes of answer) text += bytes.toString();
  return text;
}

test('members are served over streams that are no sockets, and such end too', async () => {
  const world = await startWorld();
  const open: Duplex[] = [];
  const connect = (): Duplex => {
    const [near, far] = streamPair();
    open.push(far);
    world.rendezvous.serve('control', far);
    return near;
  };
  const [token, tag = ''] = (await ask(connect(), '/hello')).split('\n');
  world.rendezvous.noteLine('control', tag);
  expect(await ask(connect(), '/list?role=control', token)).toBe('control control lab-c\n');
  const waiting = ask(connect(), '/sync/x', token);
  await expect.poll(() => world.calls.at(-1)?.call).toBe('sync');
  world.rendezvous.fail('enough');
  expect(await waiting).toBe('group can-bus has failed: enough\n');
  connect().on('error', () => {});
  await world.rendezvous.close();
  expect(open.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true]);
});

test('a stream that takes no more bytes does not hold up the end', async () => {
  const world = await startWorld();
  const { token, tag } = await world.hello('control');
  world.rendezvous.noteLine('control', tag);
  // As a channel whose other side reads nothing.
  const stuck = new Duplex({ read() {}, write() {} });
  world.rendezvous.serve('control', stuck);
  stuck.push(requestText('sync/x', { authorization: `Bearer ${token}` }));
  await expect.poll(() => world.calls.at(-1)?.call).toBe('sync');
  world.rendezvous.fail('enough');
  await world.rendezvous.close();
  expect(stuck.destroyed).toBe(true);
});

test('what is called while all ends is not done', async () => {
  const world = await startWorld();
  const { token, tag } = await world.hello('control');
  world.rendezvous.noteLine('control', tag);
  const [near, far] = streamPair();
  near.on('error', () => {});
  world.rendezvous.serve('control', far);
  const headers = { authorization: `Bearer ${token}` };
  near.write(requestText('self', headers));
  await once(near, 'data');
  const closed = world.rendezvous.close();
  near.write(requestText('fail', headers));
  await closed;
  expect([world.calls.at(-1)?.call, world.failures]).toEqual(['self', []]);
});

test('what comes when all is over is turned away', async () => {
  const world = await startWorld();
  await world.rendezvous.close();
  const [near, far] = streamPair();
  near.on('error', () => {});
  world.rendezvous.serve('control', far);
  expect(far.destroyed).toBe(true);
  expect(() => world.rendezvous.serve('nobody', far)).toThrow('has no member nobody');
  expect(() => world.rendezvous.noteLine('nobody', '')).toThrow('has no member nobody');
});
