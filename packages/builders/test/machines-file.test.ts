import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BuildersError } from '../src/errors.ts';
import { parseMachines } from '../src/machines-file.ts';

const files = new Map<string, string>();
const options = {
  source: '--builders',
  defaultSystem: 'x86_64-linux',
  readFile: (path: string) => files.get(path),
};

function onlyMachine(text: string) {
  const machines = parseMachines(text, options);
  expect(machines).toHaveLength(1);
  return machines.at(0)!;
}

function outcome(text: string): string {
  try {
    return parseMachines(text, options).every((one) => one.speedFactor > 0) ? 'read' : 'wrong';
  } catch (error) {
    return (error as BuildersError).code;
  }
}

describe('a line of a machines file', () => {
  it('has eight columns', () => {
    const key = Buffer.from('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5').toString('base64');
    const line = `ssh-ng://me@box:2222 x86_64-linux,i686-linux /k 4 2.5 kvm,big-parallel board ${key}`;
    expect(onlyMachine(line)).toEqual({
      uri: 'ssh-ng://me@box:2222',
      systems: ['x86_64-linux', 'i686-linux'],
      sshKey: '/k',
      maxJobs: 4,
      speedFactor: 2.5,
      supportedFeatures: ['kvm', 'big-parallel'],
      mandatoryFeatures: ['board'],
      publicHostKey: key,
    });
  });

  it.each(['box', 'box - - - - - - -', '  box\t-  -'])('has defaults: %j', (line) => {
    expect(onlyMachine(line)).toEqual({
      uri: 'ssh-ng://box',
      systems: ['x86_64-linux'],
      sshKey: undefined,
      maxJobs: 1,
      speedFactor: 1,
      supportedFeatures: [],
      mandatoryFeatures: [],
      publicHostKey: undefined,
    });
  });

  it('takes what Nix takes: a plus sign, empty items, columns beyond the eighth', () => {
    const machine = onlyMachine('box a,,b, - +3 +.5 , ,k - more and more');
    expect(machine).toMatchObject({ systems: ['a', 'b'], maxJobs: 3, speedFactor: 0.5 });
    expect(machine).toMatchObject({ supportedFeatures: [], mandatoryFeatures: ['k'] });
    expect(onlyMachine('box ,').systems).toEqual([]);
  });

  it('takes a speed of 0 for 1, and 0 jobs for what it says', () => {
    expect(onlyMachine('box - - 0 0')).toMatchObject({ maxJobs: 0, speedFactor: 1 });
  });

  it.each([
    ['ssh://me@box', 'ssh-ng://me@box'],
    ['me@box', 'ssh-ng://me@box'],
    ['/srv/a&b?state=/x', 'local?root=/srv/a%26b&state=/x'],
    ['unix:///run/nix.sock', 'unix:///run/nix.sock'],
    ['daemon', 'daemon'],
    ['auto', 'auto'],
    ['local?root=/srv/x', 'local?root=/srv/x'],
  ])('%s is %s', (given, uri) => {
    expect(onlyMachine(given).uri).toBe(uri);
  });

  it.each([
    ['- x86_64-linux', '--builders:1:1: in the first column, the store URI: '],
    [' box -  - four', "--builders:1:11: in the fourth column, the number of jobs: 'four' is not"],
    ['box - - -1', 'from 0 up'],
    ['box - - 4294967296', 'from 0 up'],
    ['box - - 1 -2', "--builders:1:11: in the fifth column, the speed factor: '-2' is not"],
    ['box - - 1 1e999', 'from 0 up'],
    ['box - - 1 1 - - BAD_BASE64', '--builders:1:17: in the eighth column'],
    ['box - - 1 1 - - aGk=', '--builders:1:17: in the eighth column, the public host key: cannot'],
    ['-oProxyCommand=touch', "must not start with '-'"],
    ['https://cache.example', 'use ssh-ng://'],
    ['\n\nbox;\tbox - - x # y', '--builders:3:14: '],
    ['a;@', '--builders:1:3: after @ must come'],
  ])('is refused with its place: %j', (text, message) => {
    expect(() => parseMachines(text, options)).toThrow(message);
  });
});

describe('a machines file', () => {
  it('separates machines by lines and semicolons and drops comments', () => {
    const text = '# all of them\na ; b # c\n\n;;d - - 2 # ; e\r\n';
    expect(parseMachines(text, options).map(({ uri }) => uri.slice(9))).toEqual(['a', 'b', 'd']);
  });

  it('includes other files, and takes a missing one for empty', () => {
    files.set('/etc/one', 'b\n@ /etc/two\n').set('/etc/two', 'c;@/etc/none');
    const machines = parseMachines('a;@/etc/one;d', options);
    expect(machines.map(({ uri }) => uri.slice(9))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says where a fault in an included file is', () => {
    files.set('/etc/bad', '\nbox - - x');
    expect(() => parseMachines('@/etc/bad', options)).toThrow('/etc/bad:2:9: in the fourth column');
  });

  it('refuses a file that includes itself, directly or not, or goes on for ever', () => {
    files
      .set('/etc/loop', 'a\n@/etc/loop')
      .set('/etc/to', ' @/etc/fro')
      .set('/etc/fro', '@/etc/to');
    expect(() => parseMachines('@/etc/loop', options)).toThrow('/etc/loop:2:1: ');
    expect(() => parseMachines('@/etc/to', options)).toThrow("/etc/fro:1:1: '@/etc/to' includes");
    const endless = { ...options, readFile: (path: string) => `@${path}x` };
    expect(() => parseMachines('@/etc/x', endless)).toThrow('more than 16 files deep');
  });

  it('is read, or refused with a reason, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['read', 'bad-machine']).toContain(outcome(text));
      }),
    );
  });
});
