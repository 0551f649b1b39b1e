import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BuildersError } from '../src/errors.ts';
import { machineFits } from '../src/machine.ts';
import { parseMachines } from '../src/machines-file.ts';

const files = new Map<string, string>();
const options = {
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

  it('takes a speed of 0 for 1, and 0 jobs for what it says', () => {
    expect(onlyMachine('box - - 0 0')).toMatchObject({ maxJobs: 0, speedFactor: 1 });
  });

  it.each([
    ['ssh://me@box', 'ssh-ng://me@box'],
    ['me@box', 'ssh-ng://me@box'],
    ['/run/nix.sock', 'unix:///run/nix.sock'],
    ['unix:///run/nix.sock', 'unix:///run/nix.sock'],
    ['daemon', 'daemon'],
    ['auto', 'auto'],
    ['local?root=/srv/x', 'local?root=/srv/x'],
  ])('%s is %s', (given, uri) => {
    expect(onlyMachine(given).uri).toBe(uri);
  });

  it.each([
    ['- x86_64-linux', 'builders, line 1: the first column'],
    ['box - - four', 'the fourth column'],
    ['box - - 1 -2', 'the fifth column'],
    ['box - - 1 1 - - §', 'the eighth column'],
    ['-oProxyCommand=touch', "must not start with '-'"],
    ['https://cache.example', 'use ssh-ng://'],
    ['\n\nbox;box - - x', 'builders, line 3'],
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
    expect(() => parseMachines('@/etc/bad', options)).toThrow('/etc/bad, line 2');
  });

  it('refuses a file that includes itself', () => {
    files.set('/etc/loop', 'a\n@/etc/loop');
    expect(() => parseMachines('@/etc/loop', options)).toThrow('includes itself');
  });

  it('is read, or refused with a reason, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['read', 'bad-machine']).toContain(outcome(text));
      }),
    );
  });
});

describe('a machine fits', () => {
  const machine = onlyMachine('box x86_64-linux - 1 1 kvm board');

  it('when it has the system and features, and its mandatory ones are asked for', () => {
    expect(
      machineFits(machine, { system: 'x86_64-linux', requiredFeatures: ['board', 'kvm'] }),
    ).toEqual({ fits: true });
    expect(machineFits(machine, { system: 'builtin', requiredFeatures: ['board'] }).fits).toBe(
      true,
    );
  });

  it('not otherwise, and says all that is wrong', () => {
    const fit = machineFits(machine, {
      system: 'aarch64-linux',
      requiredFeatures: ['big-parallel'],
    });
    expect(fit).toEqual({
      fits: false,
      reasons: [
        'it builds for x86_64-linux, not for aarch64-linux',
        'it does not have the features big-parallel',
        'it is kept for derivations that require board',
      ],
    });
    const idle = machineFits(onlyMachine('box - - 0'), {
      system: 'x86_64-linux',
      requiredFeatures: [],
    });
    expect(idle).toEqual({ fits: false, reasons: ['its maximum of jobs is 0'] });
  });
});
