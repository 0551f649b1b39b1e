import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DaemonStore } from '@dispatch/builders/daemon-store';
import type { FarmBuilder } from '@dispatch/engine/farm/farm-builder';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BuilderOptions, chooseBuilders } from '../src/world/choose-builders.ts';
import { openHub } from '../src/world/open-hub.ts';

let folder = '';
const hub = new DaemonStore('unix:///hub/socket?root=/hub');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function choose(options: BuilderOptions, environment: NodeJS.ProcessEnv = {}): FarmBuilder[] {
  const here = { NIX_CONF_DIR: folder, HOME: join(folder, 'home'), ...environment };
  return chooseBuilders(options, hub, here);
}

/** The store that results go to. */
function storeOf(given: string | undefined, environment: NodeJS.ProcessEnv): string {
  return openHub({ store: given }, { NIX_CONF_DIR: folder, HOME: folder, ...environment }).store
    .name;
}

/** `uri × jobs` of each, but for the hub where it only steps in for machines that are unfit. */
function chosen(options: BuilderOptions, environment?: NodeJS.ProcessEnv): string[] {
  return choose(options, environment)
    .filter(({ stepsInFor }) => stepsInFor !== 'unfit')
    .map(({ machine }) => `${machine.uri} × ${machine.maxJobs}`);
}

test('without any machine the local daemon builds, on all CPUs unless told otherwise', () => {
  expect(chosen({})).toEqual([`${hub.name} × ${availableParallelism()}`]);
  expect(chosen({ maxJobs: 3 })).toEqual([`${hub.name} × 3`]);
  expect(chosen({ maxJobs: 0 })).toEqual([]);
  expect(choose({})[0]?.store).toBe(hub);
});

test('beside machines it steps in where they are unfit, or busy when it is told to', () => {
  const builders = 'ssh-ng://a - - 4; b';
  const ofHub = (options: BuilderOptions, config = ''): object | undefined => {
    const [first] = choose({ builders, ...options }, { NIX_CONFIG: config });
    return first?.store === hub ? { by: first.stepsInFor, jobs: first.machine.maxJobs } : undefined;
  };
  expect(chosen({ builders })).toEqual(['ssh-ng://a × 4', 'ssh-ng://b × 1']);
  expect(ofHub({})).toEqual({ by: 'unfit', jobs: 1 });
  expect(ofHub({ maxJobs: 2 })).toEqual({ by: 'busy', jobs: 2 });
  expect(ofHub({}, 'max-jobs = 3')).toEqual({ by: 'busy', jobs: 3 });
  expect(ofHub({}, 'max-jobs = auto')).toEqual({ by: 'busy', jobs: availableParallelism() });
  expect(ofHub({ maxJobs: 2 }, 'max-jobs = 3')).toEqual({ by: 'busy', jobs: 2 });
  expect(ofHub({ maxJobs: 0 })).toBeUndefined();
  expect(ofHub({}, 'max-jobs = 0')).toBeUndefined();
  expect(() => ofHub({}, 'max-jobs = many')).toThrow("a whole number from 0 up or 'auto'");
});

test('a hub on another machine builds only when told to', () => {
  const far = new DaemonStore('ssh-ng://far');
  const stores = (maxJobs?: number): DaemonStore[] =>
    chooseBuilders({ builders: 'a', maxJobs }, far, { NIX_CONF_DIR: folder }).map(
      ({ store }) => store,
    );
  expect(stores()).not.toContain(far);
  expect(stores(1)).toContain(far);
});

test('the machines are those of the command line, else of nix.conf, else of the machines file', () => {
  writeFileSync(join(folder, 'machines'), 'filed - - 2 # in the file\n');
  expect(chosen({})).toEqual(['ssh-ng://filed × 2']);
  writeFileSync(join(folder, 'nix.conf'), 'builders = set ; other - - 3\n');
  expect(chosen({})).toEqual(['ssh-ng://set × 1', 'ssh-ng://other × 3']);
  expect(chosen({ builders: 'given' })).toEqual(['ssh-ng://given × 1']);
  expect(chosen({ builders: '' })).toEqual([`${hub.name} × ${availableParallelism()}`]);
});

test('NIX_REMOTE_SYSTEMS names machines files in place of the usual one', () => {
  writeFileSync(join(folder, 'machines'), 'usual');
  writeFileSync(join(folder, 'first'), 'one');
  writeFileSync(join(folder, 'second'), '\n two ; three - - x');
  const environment = { NIX_REMOTE_SYSTEMS: `${folder}/first:${folder}/none::${folder}/second` };
  expect(() => chosen({}, environment)).toThrow(`${folder}/second:2:18: `);
  writeFileSync(join(folder, 'second'), 'two');
  expect(chosen({}, environment)).toEqual(['ssh-ng://one × 1', 'ssh-ng://two × 1']);
  expect(chosen({}, { ...environment, NIX_CONFIG: 'builders = set' })).toEqual([
    'ssh-ng://set × 1',
  ]);
});

test('a machines file that was named must be there', () => {
  const missing = `@${folder}/none`;
  expect(() => choose({ builders: missing })).toThrow(
    `cannot read the machines file ${folder}/none`,
  );
  expect(() => choose({}, { NIX_CONFIG: `builders = ${missing}` })).not.toThrow();
});

test('a machine that is the hub is the hub, and is there once', () => {
  const [only, ...more] = choose({ builders: `${hub.name} - - 5`, maxJobs: 2 });
  expect(more).toEqual([]);
  expect(only).toMatchObject({ machine: { maxJobs: 5 } });
  expect(only?.store).toBe(hub);
});

test('a machine that is listed twice is one machine, and each line keeps its own features and speed', () => {
  const builders =
    'a x86_64-linux - 4 1 big,kvm; a aarch64-linux - 2 3 - slow; b x86_64-linux - 1 1 - only';
  expect(choose({ builders, maxJobs: 0 }).map(({ machine }) => machine)).toMatchObject([
    {
      uri: 'ssh-ng://a',
      systems: ['x86_64-linux'],
      maxJobs: 4,
      speedFactor: 1,
      supportedFeatures: ['big', 'kvm'],
      mandatoryFeatures: [],
      alsoOffers: [
        {
          systems: ['aarch64-linux'],
          speedFactor: 3,
          supportedFeatures: [],
          mandatoryFeatures: ['slow'],
        },
      ],
    },
    { uri: 'ssh-ng://b', mandatoryFeatures: ['only'] },
  ]);
});

test('what the local daemon can do is what nix.conf says, with its includes and the user’s own', () => {
  const features = (environment?: NodeJS.ProcessEnv): readonly string[] =>
    choose({}, environment)[0]?.machine.supportedFeatures ?? [];
  expect(features()).toEqual(expect.arrayContaining(['nixos-test', 'benchmark', 'big-parallel']));
  writeFileSync(join(folder, 'nix.conf'), '!include none.conf\ninclude more.conf # and so on\n');
  writeFileSync(join(folder, 'more.conf'), 'system-features = one  two\n');
  expect(features()).toEqual(['one', 'two']);
  const own = 'extra-system-features = three\nextra-platforms = riscv64-linux\n';
  expect(features({ NIX_CONFIG: own })).toEqual(['one', 'two', 'three']);
  expect(choose({}, { NIX_CONFIG: own })[0]?.machine.systems).toContain('riscv64-linux');
});

test('the system of this machine, and of machines that name none, is what nix.conf says', () => {
  const systems = choose({ builders: 'a' }, { NIX_CONFIG: 'system = armv7l-linux' }).map(
    ({ machine }) => machine.systems[0],
  );
  expect(systems).toEqual(['armv7l-linux', 'armv7l-linux']);
});

test('the store that results go to: given, else of nix.conf, else of NIX_REMOTE, as for Nix', () => {
  expect(storeOf(undefined, {})).toBe('auto');
  expect(storeOf(undefined, { NIX_REMOTE: 'daemon' })).toBe('daemon');
  const both = { NIX_REMOTE: 'daemon', NIX_CONFIG: 'store = unix:///front' };
  expect(storeOf(undefined, both)).toBe('unix:///front');
  expect(storeOf('unix:///given', both)).toBe('unix:///given');
});
