import { expect, test } from 'vitest';
import { defaultClientOptions } from '../src/client-options.ts';
import { DaemonConnection } from '../src/daemon-connection.ts';
import { daemonMagic, greeting, last, ScriptedPeer, wire } from './scripted-peer.ts';

function open(script: Uint8Array, options: { hangUp?: boolean; piece?: number } = {}) {
  const peer = new ScriptedPeer(script, options);
  return { peer, opened: DaemonConnection.open(peer.streams, { name: 'farm-1' }) };
}

test.each([
  [1, 'trusted'],
  [2, 'not-trusted'],
  [0, 'unknown'],
])('trust flag %i at 1.35 is %s', async (flag, trust) => {
  const connection = await open(greeting(35, flag), { piece: 1 }).opened;
  expect(connection.trust).toBe(trust);
  expect(connection.nixVersion).toBe('2.99');
  expect(connection.version).toEqual({ major: 1, minor: 35 });
  expect(connection.usable).toBe(true);
});

test('a trust flag that does not exist is refused', async () => {
  await expect(open(greeting(35, 3)).opened).rejects.toMatchObject({ code: 'bad-reply' });
});

const feature = 'realisation-with-path-not-hash';

test.each([
  ['some-feature', []],
  [feature, [feature]],
])('at 1.38 features are exchanged: of %s we use %j', async (theirs, common) => {
  const { peer, opened } = open(greeting(38, 1, theirs));
  expect((await opened).version).toEqual({ major: 1, minor: 38 });
  expect([...(await opened).features]).toEqual(common);
  // magic, version, our one feature, no CPU affinity, no reserve
  await expect.poll(() => peer.told).toEqual(wire(0x6e697863, 0x126, 1, feature, 0, 0));
});

test('before 1.38 there are no features', async () => {
  const { peer, opened } = open(greeting(37));
  expect((await opened).features.size).toBe(0);
  await expect.poll(() => peer.told).toEqual(wire(0x6e697863, 0x126, 0, 0));
});

test('settings go with the greeting, and are agreed to or refused with it', async () => {
  const settings = { ...defaultClientOptions, overrides: new Map([['cores', '2']]) };
  const sent = [0x6e697863, 0x126, 0, 0, 19, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 'cores', '2'];
  const agreed = new ScriptedPeer(Buffer.concat([greeting(37), wire(last)]));
  const connection = await DaemonConnection.open(agreed.streams, { settings });
  expect(connection.usable).toBe(true);
  await expect.poll(() => agreed.told).toEqual(wire(...sent));
  const refusal = wire(0x63787470, 'Error', 0, 'Error', 'no such setting', 0, 0);
  const refusing = new ScriptedPeer(Buffer.concat([greeting(37), refusal]));
  await expect(DaemonConnection.open(refusing.streams, { settings })).rejects.toMatchObject({
    code: 'daemon-error',
    message: expect.stringContaining('refused: no such setting') as string,
  });
});

test('a daemon newer than us is spoken to in our version', async () => {
  const script = Buffer.concat([wire(daemonMagic, 0x17f), greeting(38).subarray(16)]);
  expect((await open(script).opened).version).toEqual({ major: 1, minor: 38 });
});

test('what is no daemon is quoted, and told from one', async () => {
  const { peer, opened } = open(Buffer.from('Welcome to build-host!\n'));
  await expect(opened).rejects.toMatchObject({
    code: 'not-a-daemon',
    message: expect.stringMatching(/^farm-1: .*Welcome to build-host/) as string,
  });
  expect(peer.destroyed).toBe(true);
});

test.each(['', 'sh: no'])('a peer that says %j and hangs up', async (said) => {
  const { opened } = open(Buffer.from(said), { hangUp: true });
  const code = said === '' ? 'connection-lost' : 'not-a-daemon';
  await expect(opened).rejects.toMatchObject({ code });
});

test('1.10 is too old, and it says what is needed', async () => {
  await expect(open(wire(daemonMagic, 0x10a)).opened).rejects.toMatchObject({
    code: 'version-too-old',
    message: expect.stringContaining('at least 1.21 is needed') as string,
  });
});

test('a version 2 of the protocol is not guessed at', async () => {
  await expect(open(wire(daemonMagic, 0x200)).opened).rejects.toMatchObject({
    code: 'version-unsupported',
  });
});

test('a peer that says nothing is given up after the time limit', async () => {
  const peer = new ScriptedPeer(Buffer.alloc(0));
  const signal = AbortSignal.timeout(20);
  await expect(DaemonConnection.open(peer.streams, { signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(peer.destroyed).toBe(true);
});

test('a signal that has fired already prevents the greeting', async () => {
  const peer = new ScriptedPeer(greeting(35));
  const signal = AbortSignal.abort();
  await expect(DaemonConnection.open(peer.streams, { signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
});

test('an error in place of being ready is what the daemon said', async () => {
  const error = wire(
    0x63787470,
    'Error',
    0,
    'Error',
    'no more connections',
    0,
    1,
    0,
    'while waiting',
  );
  const script = Buffer.concat([greeting(35).subarray(0, -8), error]);
  await expect(open(script).opened).rejects.toMatchObject({
    code: 'daemon-error',
    message: 'farm-1: refused: no more connections',
    daemon: { traces: ['while waiting'] },
  });
});
