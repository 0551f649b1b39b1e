import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import type { DaemonEvent } from '../src/daemon-event.ts';
import type { ProtocolError } from '../src/errors.ts';
import { addMultipleToStore } from '../src/operations/add-multiple-to-store.ts';
import { addToStoreNar } from '../src/operations/add-to-store-nar.ts';
import { buildDerivation } from '../src/operations/build-derivation.ts';
import { ensurePath } from '../src/operations/ensure-path.ts';
import { isValidPath } from '../src/operations/is-valid-path.ts';
import { narFromPath } from '../src/operations/nar-from-path.ts';
import {
  connectTo,
  expectInStep,
  fileInStore,
  inPieces,
  type LoneDaemon,
  shellDerivation,
  startDaemon,
  storePath,
} from './daemon.ts';

describe.each(nixVersions())('Nix %s', (nix) => {
  let lone: LoneDaemon;
  beforeAll(async () => {
    lone = await startDaemon({ nix });
  });
  afterAll(() => lone.end());

  const trustingly = { repair: false, dontCheckSigs: true };

  test.each([25, 34])(
    'a refusal is structured, and the connection goes on (1.%i)',
    async (minor) => {
      const connection = await connectTo(lone.daemon, { maximumVersion: { major: 1, minor } });
      const path = storePath('absent');
      const error = await ensurePath(connection, path).catch((caught: ProtocolError) => caught);
      expect(error).toMatchObject({
        code: 'daemon-error',
        peer: 'the builder',
        operation: 'EnsurePath',
        daemon: { level: 0, exitStatus: minor < 26 ? 1 : undefined },
      });
      expect((error as ProtocolError).message).toContain(`the builder: EnsurePath: `);
      expect((error as ProtocolError).daemon?.message).toContain(path);
      expect((error as ProtocolError).daemon?.message).not.toContain('\u001b');
      await expectInStep(connection);
      connection.close();
    },
  );

  test.each([22, 34])(
    'a wrong NAR is refused, and the connection goes on (1.%i)',
    async (minor) => {
      const connection = await connectTo(lone.daemon, { maximumVersion: { major: 1, minor } });
      const { info, nar } = fileInStore('wrong-hash', Buffer.alloc(1_000_000));
      const wrong = { ...info, narHash: '0'.repeat(64) };
      await expect(addToStoreNar(connection, { info: wrong, nar, ...trustingly })).rejects.toThrow(
        /hash mismatch/,
      );
      expect(await isValidPath(connection, info.path)).toBe(false);
      await expectInStep(connection);
      connection.close();
    },
  );

  test.each([22, 34])('a source that fails stops the upload alone (1.%i)', async (minor) => {
    const connection = await connectTo(lone.daemon, { maximumVersion: { major: 1, minor } });
    const { info, bytes } = fileInStore('broken-source', Buffer.alloc(1_000_000));
    const failure = new Error('the other builder is gone');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* inPieces(bytes.subarray(0, 500_000), 100_000);
      throw failure;
    }
    const upload = addToStoreNar(connection, { info, nar: broken(), ...trustingly });
    await expect(upload).rejects.toBe(failure);
    expect(await isValidPath(connection, info.path)).toBe(false);
    await expectInStep(connection);
    connection.close();
  });

  test('of many paths those before a bad one stay, and the connection goes on', async () => {
    const connection = await connectTo(lone.daemon);
    const good = fileInStore('good', Buffer.from('good'));
    const bad = fileInStore('bad', Buffer.from('bad'));
    async function* items() {
      yield [good];
      yield [{ ...bad, info: { ...bad.info, references: [storePath('absent')] } }];
    }
    const upload = addMultipleToStore(connection, { items: items(), count: 2, ...trustingly });
    await expect(upload).rejects.toMatchObject({ code: 'daemon-error' });
    expect(await isValidPath(connection, good.info.path)).toBe(true);
    expect(await isValidPath(connection, bad.info.path)).toBe(false);
    connection.close();
  });

  test('a signal stops a build, and the connection with it', async () => {
    const connection = await connectTo(lone.daemon);
    const derivation = shellDerivation('endless', 'while :; do :; done');
    const drvPath = storePath('endless.drv');
    const abort = new AbortController();
    const request = { drvPath, derivation, mode: 'normal' } as const;
    const { signal } = abort;
    let building = false;
    const onEvent = (event: DaemonEvent) => {
      building ||= event.type === 'activity-started' && event.activity === 'build';
    };
    const build = buildDerivation(connection, request, { signal, onEvent });
    await vi.waitFor(() => expect(building).toBe(true));
    expect(connection.usable).toBe(false);
    abort.abort(new Error('Ctrl-C'));
    await expect(build).rejects.toMatchObject({ code: 'cancelled', operation: 'BuildDerivation' });
    expect(connection.usable).toBe(false);
    await expect(isValidPath(connection, drvPath)).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('a call while another is under way is refused without harm to that', async () => {
    const connection = await connectTo(lone.daemon);
    const first = isValidPath(connection, storePath('absent'));
    await expect(isValidPath(connection, storePath('absent'))).rejects.toMatchObject({
      code: 'connection-busy',
    });
    expect(await first).toBe(false);
    await expectInStep(connection);
    connection.close();
  });

  test('a NAR that is given up closes the connection', async () => {
    const connection = await connectTo(lone.daemon);
    const { info, nar } = fileInStore('given-up', Buffer.alloc(10_000_000));
    await addToStoreNar(connection, { info, nar, ...trustingly });
    for await (const piece of narFromPath(connection, info.path)) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(connection.usable).toBe(false);
  });

  test('the NAR of a path that is not there is an error, never a hang', async () => {
    const connection = await connectTo(lone.daemon);
    const nar = narFromPath(connection, storePath('absent'));
    await expect(nar[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      name: 'ProtocolError',
      operation: 'NarFromPath',
    });
    expect(connection.usable).toBe(false);
  });

  test('what a listener throws comes out as it is', async () => {
    const connection = await connectTo(lone.daemon);
    const derivation = shellDerivation('heard', 'echo heard > $out');
    const request = { drvPath: storePath('heard.drv'), derivation, mode: 'normal' } as const;
    const failure = new Error('a bug in the listener');
    const onEvent = () => {
      throw failure;
    };
    await expect(buildDerivation(connection, request, { onEvent })).rejects.toBe(failure);
    expect(connection.usable).toBe(false);
  });

  test('a daemon that dies makes an idle connection unusable, and a call fail', async () => {
    const other = await startDaemon({ nix });
    onTestFinished(() => other.end());
    const idle = await connectTo(other.daemon);
    const busy = await connectTo(other.daemon);
    const derivation = shellDerivation('orphan', 'while :; do :; done');
    const drvPath = storePath('orphan.drv');
    const build = buildDerivation(busy, { drvPath, derivation, mode: 'normal' });
    const outcome = build.catch((error: unknown) => error);
    await sleep(50);
    await other.daemon.stop();
    expect(await outcome).toMatchObject({ code: 'connection-lost' });
    await vi.waitFor(() => expect(idle.usable).toBe(false));
  });

  test('a user that the daemon does not let in is told so', async () => {
    const strict = await startDaemon({
      nix,
      settings: { 'allowed-users': 'nobody' },
      trusted: false,
    });
    onTestFinished(() => strict.end());
    await expect(connectTo(strict.daemon)).rejects.toMatchObject({
      code: 'connection-lost',
      message: expect.stringContaining('allowed-users') as string,
    });
  });
});
