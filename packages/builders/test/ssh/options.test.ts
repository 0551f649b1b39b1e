import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Farm, startFarm } from '../../../../test/farm/farm.ts';
import { nameOf, withDescendants } from '../../../../test/farm/processes.ts';
import { DaemonStore } from '../../src/daemon-store.ts';
import { valuesOfSshOptions } from '../../src/ssh/nix-ssh-options.ts';
import { SshBox } from './ssh-box.ts';

describe('NIX_SSHOPTS', () => {
  it.each([
    ['', {}],
    ['-p 99 -p100', { port: ['99'] }],
    ['-i a -ib -o IdentityFile=c', { identityfile: ['a', 'b', 'c'] }],
    ['-o Port=1 -oUser=me -o "HostName box 1"', { port: ['1'], user: ['me'], hostname: ['box 1'] }],
    ['-4Cl me', { addressfamily: ['inet'], compression: ['yes'], user: ['me'] }],
    ['-F file -vvv -q -x -S none', {}],
    [`-o 'ProxyCommand=nc %h'`, { proxycommand: ['nc %h'] }],
  ])('%s is understood', (text, values) => {
    expect(Object.fromEntries(valuesOfSshOptions(text))).toEqual(values);
  });

  it.each([
    ['-L 8080:x:80', '-L'],
    ['-vN', '-N'],
    ['-w0:0', '-w'],
    ['box', "'box'"],
    ['--', "'--'"],
    ['-p', '-p without its value'],
    ['-o Port', "-o 'Port'"],
  ])('%s is refused by name, with the way out', (text, name) => {
    expect(() => valuesOfSshOptions(text)).toThrow(
      expect.objectContaining({ code: 'bad-ssh-option', message: expect.stringContaining(name) }),
    );
    expect(() => valuesOfSshOptions(text)).toThrow('DISPATCH_SSH=system');
  });
});

describe('the configuration of ssh', () => {
  let farm: Farm;
  let box: SshBox;

  beforeAll(async () => {
    farm = await startFarm({ builders: [{ name: 'box' }] });
    box = await SshBox.start(farm);
  });

  afterAll(async () => {
    await box?.[Symbol.asyncDispose]();
    await farm?.[Symbol.asyncDispose]();
  });

  /** A configuration file with a host `buildbox` that is the box. */
  function configuration(...lines: readonly string[]): string {
    const file = join(box.folder, 'config');
    const common = [
      'Host buildbox',
      '  HostName 127.0.0.1',
      `  Port ${box.server.port}`,
      '  User root',
      `  IdentityFile ${join(farm.folder, 'client-key')}`,
      `  UserKnownHostsFile ${box.knownHosts}`,
      ...lines.map((line) => `  ${line}`),
    ];
    writeFileSync(file, `${common.join('\n')}\n`);
    return file;
  }

  it('gives a host its name, port, user, key and known_hosts', async () => {
    const environment = { NIX_SSHOPTS: `-F ${configuration()}` };
    const reached = await reach('ssh-ng://buildbox', environment);
    expect(reached).toMatchObject({ version: { major: 1 }, bySystem: false });
  });

  it('is followed by the ssh program where it asks for more than a plain connection', async () => {
    const jump = `ProxyCommand ssh -F ${configuration()} -W 127.0.0.1:${box.server.port} buildbox`;
    const inner = configuration();
    const outer = join(box.folder, 'outer');
    writeFileSync(outer, `${readFileSync(inner, 'utf8')}  ${jump}\n`);
    const environment = { NIX_SSHOPTS: `-F ${outer}` };
    const reached = await reach('ssh-ng://buildbox', environment);
    expect(reached).toMatchObject({ version: { major: 1 }, bySystem: true });
  });

  it('is left to the ssh program when the environment says so', async () => {
    const environment = { NIX_SSHOPTS: `-F ${configuration()} -n`, DISPATCH_SSH: 'system' };
    await expect(reach('ssh-ng://buildbox', environment)).rejects.toMatchObject({
      code: 'unreachable',
    });
    const plain = { ...environment, NIX_SSHOPTS: `-F ${configuration()}` };
    expect(await reach('ssh-ng://buildbox', plain)).toMatchObject({ bySystem: true });
  });

  it('that ssh itself does not accept is refused in its words', async () => {
    const environment = { NIX_SSHOPTS: `-F ${configuration('Prot 22')}` };
    await expect(reach('ssh-ng://buildbox', environment)).rejects.toMatchObject({
      code: 'bad-ssh-option',
      message: expect.stringMatching(/Bad configuration option: prot/i),
    });
  });

  it('is not asked for what NIX_SSHOPTS has beyond connecting', async () => {
    const environment = { NIX_SSHOPTS: `-F ${configuration()} -L 8080:box:80` };
    await expect(reach('ssh-ng://buildbox', environment)).rejects.toMatchObject({
      code: 'bad-ssh-option',
      message: expect.stringMatching(/NIX_SSHOPTS has -L.*DISPATCH_SSH=system/),
    });
  });

  it('is not needed: without the program what is said counts', async () => {
    const options = box.cleanOptions.replace('-F none', '');
    const key = `-i ${join(farm.folder, 'client-key')} -p ${box.server.port} -o User=root`;
    const environment = { NIX_SSHOPTS: `${key} ${options}`, PATH: '/nowhere' };
    expect(await reach('ssh-ng://127.0.0.1', environment)).toMatchObject({ bySystem: false });
  });

  it('does not matter to the bare word localhost, which Nix takes for this machine', async () => {
    const { daemon } = farm.builder('box');
    const store = encodeURIComponent(daemon.localUri);
    const environment = { NIX_CONF_DIR: daemon.confDir, NIX_SSHOPTS: '-F /dev/null -p 1' };
    const uri = `ssh-ng://localhost?remote-store=${store}`;
    expect(await reach(uri, environment)).toMatchObject({ version: { major: 1 } });
  });

  it('with another wish than there is, is refused', async () => {
    await expect(reach('ssh-ng://buildbox', { DISPATCH_SSH: 'sytem' })).rejects.toMatchObject({
      code: 'bad-ssh-option',
    });
  });
});

/** What answers there, and whether a process of `ssh` carries it. */
async function reach(uri: string, environment: NodeJS.ProcessEnv) {
  const store = new DaemonStore(uri, { environment: { ...process.env, ...environment } });
  try {
    const { version } = await store.facts();
    return { version, bySystem: sshProcesses() > 0 };
  } finally {
    store.close();
  }
}

function sshProcesses(): number {
  return withDescendants([process.pid]).filter((pid) => nameOf(pid) === 'ssh').length;
}
