import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { parseStorePath } from '@dispatch/nix/store-path';
import { DaemonConnection } from '@dispatch/protocol/daemon-connection';
import { isValidPath } from '@dispatch/protocol/operations/is-valid-path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Farm, startFarm } from '../../../test/farm/farm.ts';
import { newestNix, nixProgram, nixVersions } from '../../../test/farm/installed-nix.ts';
import { findTrust } from '../src/trust.ts';

const absent = parseStorePath(`/nix/store/${'a'.repeat(32)}-absent`);

function connectTo(farm: Farm, builder: string, minor: number): Promise<DaemonConnection> {
  const socket = connect(farm.builder(builder).daemon.socket);
  const streams = { input: socket, output: socket, destroy: () => void socket.destroy() };
  return DaemonConnection.open(streams, { maximumVersion: { major: 1, minor } });
}

describe.each(nixVersions())('Nix %s', (nix) => {
  let farm: Farm;
  beforeAll(async () => {
    farm = await startFarm({
      builders: [
        { name: 'friend', nix },
        { name: 'stranger', nix, trusted: false },
      ],
    });
  });
  afterAll(() => farm[Symbol.asyncDispose]());

  test.each([21, 25, 34, 35, 38])('says or shows whether it trusts us, as 1.%i', async (minor) => {
    const friend = await connectTo(farm, 'friend', minor);
    expect(await findTrust(friend)).toBe('trusted');
    expect(await isValidPath(friend, absent)).toBe(false);
    friend.close();
    const stranger = await connectTo(farm, 'stranger', minor);
    expect(await findTrust(stranger)).toBe('not-trusted');
    stranger.close();
  });
});

/** A daemon of the newest Nix over the store of another daemon, which is too old to say whether it trusts. */
function connectThrough(farm: Farm, builder: string): Promise<DaemonConnection> {
  const env = {
    ...farm.hub.env,
    NIX_REMOTE: `unix://${farm.builder(builder).daemon.socket}`,
    NIX_CONFIG: 'extra-experimental-features = mounted-ssh-store',
  };
  const program = nixProgram('nix-daemon', newestNix());
  const child = spawn(program, ['--stdio', '--process-ops'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const destroy = () => void child.stdin.destroy();
  return DaemonConnection.open({ input: child.stdout, output: child.stdin, destroy });
}

const both = nixVersions().includes('2.8') && newestNix() !== '2.8';

test.runIf(both)('a daemon that cannot say it for the one behind', async () => {
  await using farm = await startFarm({
    builders: [
      { name: 'friend', nix: '2.8' },
      { name: 'stranger', nix: '2.8', trusted: false },
    ],
  });
  for (const [builder, trust] of [
    ['friend', 'trusted'],
    ['stranger', 'not-trusted'],
  ] as const) {
    const connection = await connectThrough(farm, builder);
    expect(connection).toMatchObject({ version: { minor: 38 }, trust: 'unknown' });
    expect(await findTrust(connection)).toBe(trust);
    connection.close();
  }
});
