import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { nixVersions } from '../../../test/farm/installed-nix.ts';
import { isInSandbox } from '../src/daemon-settings.ts';
import { DaemonStore } from '../src/daemon-store.ts';
import { SshBox } from './ssh/ssh-box.ts';
import { storeOf } from './store-content.ts';

let farm: Farm;
const { signal } = new AbortController();

beforeAll(async () => {
  const settings = {
    sandbox: 'relaxed',
    'extra-sandbox-paths': '/run/dispatch? /opt=/srv/opt',
    'post-build-hook': '/usr/bin/true',
  };
  farm = await startFarm({
    builders: [
      ...nixVersions().map((nix) => ({ name: `set-${nix}`, nix, ssh: true, settings })),
      { name: 'plain', ssh: true },
      { name: 'here', settings },
    ],
  });
});
afterAll(() => farm?.[Symbol.asyncDispose]());

it.each(nixVersions())('Nix %s behind SSH tells its settings', async (nix) => {
  const store = storeOf(farm.builder(`set-${nix}`));
  const [one, two] = await Promise.all([
    store.daemonSettings(signal),
    store.daemonSettings(signal),
  ]);
  expect(one).toMatchObject({ sandbox: 'relaxed', postBuildHook: '/usr/bin/true' });
  expect(one?.sandboxPaths).toEqual(
    expect.arrayContaining(['/bin/sh', '/opt', '/run/dispatch', '/usr']),
  );
  expect(two).toBe(one);
  store.close();
});

it('a machine without such settings tells that as well', async () => {
  const store = storeOf(farm.builder('plain'), {
    environment: { ...process.env, DISPATCH_SSH: 'system' },
  });
  const settings = await store.daemonSettings(signal);
  expect(settings).toMatchObject({ sandbox: 'true', postBuildHook: undefined });
  expect(isInSandbox(settings!, '/run/dispatch')).toBe(false);
  store.close();
});

it.each(['before', 'after'])('who asks %s one who gives up is told the settings', async (when) => {
  await using box = await SshBox.start(farm, { settings: { ForceCommand: '/bin/sleep 1' } });
  const store = box.open();
  const patient = when === 'before' ? store.daemonSettings(signal) : undefined;
  const impatient = store.daemonSettings(AbortSignal.timeout(300));
  const told = patient ?? store.daemonSettings(signal);
  await expect(impatient).rejects.toMatchObject({ code: 'cancelled' });
  expect(await told).toBeUndefined();
});

describe('nothing is known', () => {
  it('of a machine on which we may not run nix', async () => {
    await using box = await SshBox.start(farm, { settings: { ForceCommand: '/bin/false' } });
    expect(await box.open().daemonSettings(signal)).toBeUndefined();
  });

  it('of a machine that prints without end', async () => {
    await using box = await SshBox.start(farm, { settings: { ForceCommand: '/usr/bin/yes' } });
    expect(await box.open().daemonSettings(signal)).toBeUndefined();
  });

  it('of a machine that does not answer, once the caller gives up', async () => {
    await using box = await SshBox.start(farm, { settings: { ForceCommand: '/bin/sleep 30' } });
    const asked = box.open().daemonSettings(AbortSignal.timeout(300));
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('of whoever is behind a socket', async () => {
    expect(await storeOf(farm.builder('here')).daemonSettings(signal)).toBeUndefined();
  });
});

it('a store of our own on this machine has the settings of our own configuration', async () => {
  const { localUri, confDir } = farm.builder('here').daemon;
  const store = new DaemonStore(localUri, {
    environment: { ...process.env, NIX_CONF_DIR: confDir },
  });
  expect(await store.daemonSettings(signal)).toMatchObject({ sandbox: 'relaxed' });
  store.close();
});

it.each([
  ['/run/dispatch', true],
  ['/run', true],
  ['/', true],
  ['/run/dispatch/deeper', false],
  ['/run/dispatch2', false],
  ['/run/disp', false],
])('%s in the sandbox lets /run/dispatch in: %s', (path, expected) => {
  const settings = { sandbox: 'true', sandboxPaths: [path], postBuildHook: undefined } as const;
  expect(isInSandbox(settings, '/run/dispatch')).toBe(expected);
  expect(isInSandbox({ ...settings, sandbox: 'false' }, '/run/dispatch')).toBe(true);
});
