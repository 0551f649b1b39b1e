import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteForRemoteShell, splitShellWords } from '../../src/ssh/shell-words.ts';
import type { SshAddress } from '../../src/ssh/ssh-address.ts';
import { sshArguments } from '../../src/ssh/ssh-arguments.ts';
import { parseStoreUri } from '../../src/store-address.ts';

const settings = { connectSeconds: 3, userOptions: '', knownHostsFile: undefined };

function ssh(uri: string): SshAddress {
  return parseStoreUri(uri) as SshAddress;
}

/** What the real `ssh` makes of arguments, without connecting. */
function understood(args: readonly string[]): Map<string, string> {
  const text = execFileSync('ssh', ['-G', ...args], { encoding: 'utf8' });
  return new Map(text.split('\n').map((line) => line.split(/ (.*)/s, 2) as [string, string]));
}

describe('the arguments of ssh', () => {
  it('mean to ssh what the URI says', () => {
    const args = sshArguments(
      ssh('ssh-ng://me@box:2222?ssh-key=/dev/null&compress=true'),
      settings,
    );
    const options = understood(args);
    expect(Object.fromEntries(options)).toMatchObject({
      hostname: 'box',
      user: 'me',
      port: '2222',
      identityfile: '/dev/null',
      compression: 'yes',
      batchmode: 'yes',
      connecttimeout: '3',
      serveraliveinterval: '5',
      forwardagent: 'no',
      forwardx11: 'no',
      requesttty: 'false',
    });
    expect(args.slice(args.indexOf('--'))).toEqual(['--', 'box', 'nix-daemon', '--stdio']);
  });

  it('let the user win with NIX_SSHOPTS, blanks in quotes included', () => {
    const userOptions = `-o 'ProxyCommand=nc %h %p' -p 99 -o ConnectTimeout=1`;
    const options = understood(sshArguments(ssh('box'), { ...settings, userOptions }));
    expect(options.get('proxycommand')).toBe('nc %h %p');
    expect(options.get('port')).toBe('99');
    expect(options.get('connecttimeout')).toBe('1');
  });

  it('pin a host key when there is one', () => {
    const options = understood(
      sshArguments(ssh('box'), { ...settings, knownHostsFile: '/tmp/a b' }),
    );
    expect(options.get('userknownhostsfile')).toBe('/tmp/a b');
    expect(options.get('stricthostkeychecking')).toBe('true');
    expect(options.get('hostkeyalias')).toBe('box');
  });

  it('quote the remote program and store for the shell over there', () => {
    const uri =
      'ssh-ng://[::1]?remote-program=/opt/nix/bin/nix-daemon&remote-store=local?root=/x%26y';
    const args = sshArguments(ssh(uri), settings);
    expect(args.slice(args.indexOf('--') + 1)).toEqual([
      '::1',
      '/opt/nix/bin/nix-daemon',
      '--stdio',
      '--store',
      "'local?root=/x&y'",
    ]);
  });

  it.each([
    'ssh-ng://-oProxyCommand=x',
    'ssh-ng://%2DoProxyCommand=x',
    'ssh-ng://-l@box',
    'ssh-ng://me@',
    'ssh-ng://a b',
    'ssh-ng://box:0',
    'ssh-ng://box:70000',
    'ssh-ng://box/path',
    'ssh-ng://%zz',
    'ssh-ng://box?base64-ssh-public-host-key=YQpiCg==',
    'unix://relative',
    's3://bucket',
  ])('are never made from %s', (uri) => {
    expect(() => parseStoreUri(uri)).toThrow(expect.objectContaining({ code: 'bad-store-uri' }));
  });
});

describe('words', () => {
  it.each([
    ['', []],
    ['  a  b\t', ['a', 'b']],
    [`-o 'a b' "c \\" d" e\\ f ''`, ['-o', 'a b', 'c " d', 'e f', '']],
    [`x'y'"z"`, ['xyz']],
    [`"a\\n$b"`, ['a\\n$b']],
  ])('of %j', (text, words) => {
    expect(splitShellWords(text)).toEqual(words);
  });

  it.each([`'a`, `"a`, 'a\\'])('that are not closed are refused: %s', (text) => {
    expect(() => splitShellWords(text)).toThrow('NIX_SSHOPTS');
  });

  it('come back from quoting', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
        expect(splitShellWords(words.map(quoteForRemoteShell).join(' '))).toEqual(words);
      }),
    );
  });
});
