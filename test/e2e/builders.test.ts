import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { nixOf, nixVersions } from '../farm/installed-nix.ts';
import { Dispatch } from './dispatch.ts';

let farm: Farm;
let dispatch: Dispatch;

const versions = nixVersions();

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      ...versions.map((nix) => ({
        name: `nix-${nix}`,
        nix,
        slots: 3,
        features: ['big'],
        ssh: true,
      })),
      { name: 'plain' },
      ...versions.map((nix) => ({ name: `strict-${nix}`, nix, trusted: false })),
    ],
  });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

function builders(machines: string, ...args: string[]): ReturnType<Dispatch['run']> {
  return dispatch.run(['builders', '--builders', machines, ...args]);
}

/** A login of the farm is on this machine, which may have no store of its own to ask `df` of. */
function overSsh(known: unknown, unknown: unknown): unknown {
  return existsSync('/nix/store') ? known : unknown;
}

function lineOf(name: string): string {
  return farm.builder(name).machineLine;
}

test.each(versions)('what can be known of a builder with Nix %s', async (nix) => {
  const machine = lineOf(`nix-${nix}`);
  const [uri, system] = machine.split(' ');
  const { code, stdout } = await builders(machine, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    problem: null,
    builders: [
      {
        uri,
        systems: [system],
        sshKey: expect.any(String),
        publicHostKey: expect.any(String),
        maxJobs: 3,
        resources: [],
        speedFactor: 1,
        supportedFeatures: ['big'],
        mandatoryFeatures: [],
        alsoOffers: [],
        reachable: true,
        usable: true,
        drained: false,
        drainedBy: null,
        drainedAt: null,
        connectMs: expect.any(Number),
        latencyMs: expect.any(Number),
        nixVersion: nixOf(nix).version,
        protocolVersion: expect.stringMatching(/^1\.3\d$/),
        trusted: true,
        trustFrom: nix === '2.8' ? 'tried' : 'told',
        ownSystem: system,
        ownFeatures: ['big'],
        missingFeatures: [],
        sandbox: 'true',
        sandboxPaths: expect.arrayContaining(['/bin/sh', '/usr']),
        postBuildHook: null,
        freeBytes: overSsh(expect.any(Number), null),
        problems: [],
      },
    ],
  });
});

test.each(versions)(
  'a builder with Nix %s that does not trust us is of use: what for, and what to add',
  async (nix) => {
    const { code, stdout } = await builders(lineOf(`strict-${nix}`), '--json');
    expect(code).toBe(0);
    const found: unknown = JSON.parse(stdout);
    expect(found).toMatchObject({ builders: [{ reachable: true, usable: true, trusted: false }] });
    expect(stdout).toContain("'trusted-users' in its /etc/nix/nix.conf");
  },
);

test('a table of all, in their order, and under it what is wrong and what to do', async () => {
  const [first = ''] = versions;
  const line = lineOf(`nix-${first}`);
  const [uri = '', system = ''] = line.split(' ');
  const own = `local?root=${farm.folder}/own armv7l-linux - 2 3 nixos-test,board slow`;
  const machines = [line, 'unix:///nowhere/socket', lineOf(`strict-${first}`), own];
  const args = ['builders', '--builders', machines.join('\n')];
  const env = { NIX_CONFIG: 'build-users-group =\nsystem-features = nixos-test' };
  const { code, stdout } = await dispatch.run(args, { env });
  expect(code).toBe(1);
  const [table = '', problems = ''] = stdout.split('\n\n');
  const rows = table.split('\n').map((row) => row.split(/ {2,}/));
  const freeOverSsh = overSsh(expect.stringMatching(/iB$/), '-');
  const ms = expect.stringMatching(/^\d+ ms$/);
  const { version } = nixOf(first);
  expect(rows).toEqual([
    [
      'BUILDER',
      'STATE',
      'LATENCY',
      'NIX',
      'PROTOCOL',
      'TRUSTED',
      'SLOTS',
      'FREE',
      'SYSTEMS',
      'FEATURES',
    ],
    [uri, 'ok', ms, version, '1.34', 'yes (tried)', '3', freeOverSsh, system, 'big'],
    ['unix:///nowhere/socket', 'unreachable', '-', '-', '-', '-', '1', '-', system, '-'],
    [
      farm.builder(`strict-${first}`).uri,
      'ok',
      ms,
      version,
      '1.34',
      'no (tried)',
      '1',
      '-',
      system,
      '-',
    ],
    [
      'this machine',
      'ok',
      ms,
      expect.any(String),
      expect.any(String),
      expect.any(String),
      '2',
      expect.stringMatching(/^\d+\.\d [KMGT]iB$/),
      'armv7l-linux',
      'nixos-test, board (missing), slow (missing) (mandatory)',
    ],
  ]);
  expect(problems).toMatch(
    /^unix:\/\/\/nowhere\/socket: connect ENOENT .*check that the Nix daemon runs/m,
  );
  expect(problems).toMatch(/^unix:\S+strict-\S+: its daemon does not trust us: .*'trusted-users'/m);
  expect(problems).toMatch(/^this machine: .* the line 'system-features = board nixos-test slow'/m);
  expect(problems).toMatch(
    /^this machine: its line says armv7l-linux, and its own daemon builds for/m,
  );
});

test('one that never answers holds nobody up for longer than its limit', async () => {
  const silent = createServer((socket) => void socket.on('error', () => {}));
  const socket = join(farm.folder, 'silent');
  await new Promise<void>((resolve) => silent.listen(socket, resolve));
  const machines = `unix://${socket}\n${lineOf('plain')}`;
  const began = Date.now();
  const { code, stdout } = await builders(machines, '--connect-timeout', '1');
  silent.close();
  expect(code).toBe(1);
  expect(Date.now() - began).toBeLessThan(6000);
  expect(stdout).toMatch(/^unix:\S+silent: no answer within 1 s; check/m);
});

test('the local daemon is asked where there are no machines; where nothing is left it says so', async () => {
  const { code, stdout } = await dispatch.run(['builders', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    builders: [{ uri: farm.hub.storeUri, usable: true }],
  });
  const none = await dispatch.run(['builders', '-j', '0']);
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toMatch(/^dispatch: there is no machine to ask: name some with --builders/);
});
