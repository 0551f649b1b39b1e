import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NixSettings, readNixSettings } from '../src/world/nix-conf.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const names = ['builders', 'max-silent-time', 'store', 'system-features', 'timeout'];

function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = { NIX_CONF_DIR: join(folder, 'etc'), HOME: join(folder, 'home'), ...more };
  return { PATH: process.env['PATH'], ...own };
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function ours(more: NodeJS.ProcessEnv): Record<string, string | undefined> | 'refused' {
  try {
    const read = readNixSettings(environment(more));
    const features = read.words('system-features', []).toSorted().join(' ');
    const values = names.map((name) => [name, read.text(name)]);
    return { ...Object.fromEntries(values), 'system-features': features };
  } catch {
    return 'refused';
  }
}

/** What NIX_CONFIG alone says. */
function settings(config: string): NixSettings {
  return readNixSettings(environment({ NIX_CONFIG: config }));
}

/** What the installed Nix makes of the same. */
function nixs(more: NodeJS.ProcessEnv): Record<string, string | undefined> | 'refused' {
  const args = ['--extra-experimental-features', 'nix-command', 'show-config'];
  try {
    const text = execFileSync('nix', args, { env: environment(more), stdio: 'pipe' }).toString();
    const lines = text.split('\n').map((line) => line.split(' = '));
    return Object.fromEntries(lines.filter(([name = '']) => names.includes(name)));
  } catch {
    return 'refused';
  }
}

const base =
  'system-features = one two\nbuilders = x - - 2 ; y # z\ntimeout = 5\nmax-silent-time = 7\nstore = unix:///a';

const includes = {
  'etc/nix.conf': `${base}\ninclude sub/more.conf\ntimeout = 9`,
  'etc/sub/more.conf': 'include last.conf\ntimeout = 6',
  'etc/sub/last.conf': 'max-silent-time = 8',
};
const userFile = {
  'etc/nix.conf': `${base}\nextra-system-features = inc`,
  'home/.config/nix/nix.conf':
    'extra-system-features = three\nextra-system-features = four\ntimeout = 2',
};
const xdgFiles = {
  'etc/nix.conf': base,
  'home/.config/nix/nix.conf': 'timeout = 2',
  'xdg/nix/nix.conf': 'timeout = 3\nmax-silent-time = 3',
};
const named = { NIX_USER_CONF_FILES: 'own:own-2' };

describe('nix.conf is read as Nix reads it', () => {
  it.each([
    ['values and comments', { 'etc/nix.conf': `${base}\n\n # all\n` }, {}],
    ['former names', { 'etc/nix.conf': `${base}\nbuild-timeout = 8\nbuild-max-silent-time=9` }, {}],
    ['former names, well formed', { 'etc/nix.conf': `${base}\nbuild-timeout = 8` }, {}],
    ['includes, relative to the file', includes, {}],
    ['an include that is missing', { 'etc/nix.conf': `${base}\ninclude none.conf` }, {}],
    ['one that may be missing', { 'etc/nix.conf': `${base}\n!include none.conf` }, {}],
    ['no equals sign', { 'etc/nix.conf': `${base}\ntimeout 6` }, {}],
    ['one word', { 'etc/nix.conf': `${base}\ntimeout` }, {}],
    ['the user’s file', userFile, {}],
    ['XDG folders, the own one first', xdgFiles, { XDG_CONFIG_DIRS: 'xdg:nowhere' }],
    ['NIX_CONFIG', userFile, { NIX_CONFIG: 'system-features = five\ntimeout = 1' }],
    ['additions before and after', userFile, { NIX_CONFIG: 'extra-system-features = six one' }],
    ['the store, whatever NIX_REMOTE says', { 'etc/nix.conf': base }, { NIX_REMOTE: '/b' }],
    ['files named', { ...userFile, own: 'timeout = 3', 'own-2': 'timeout = 4' }, named],
  ])('%s', (_, files, more) => {
    write(files);
    const absolute = Object.entries(more).map(([name, value]) => [
      name,
      name === 'NIX_CONFIG' ? value : value.replaceAll(/[^:]+/g, (file) => join(folder, file)),
    ]);
    const set = Object.fromEntries(absolute) as NodeJS.ProcessEnv;
    expect(ours(set)).toEqual(nixs(set));
  });

  it('knows what Nix takes for on, off and a number of jobs', () => {
    const flags = ['true', 'yes', '1', 'false', 'no', '0'].map((text) =>
      settings(`keep-going = ${text}`).flag('keep-going'),
    );
    expect(flags).toEqual([true, true, true, false, false, false]);
    expect(() => settings('keep-going = on').flag('keep-going')).toThrow('not true or false');
    expect(settings('build-max-jobs = 7').maxJobs()).toBe(7);
    expect(settings('').maxJobs()).toBeUndefined();
  });

  it('says which line it cannot read', () => {
    write({ 'etc/nix.conf': '\ninclude gone' });
    expect(() => readNixSettings(environment({}))).toThrow(
      `${folder}/etc/nix.conf:2: there is no ${folder}/etc/gone`,
    );
    write({ 'etc/gone': 'include nix.conf' });
    expect(() => readNixSettings(environment({}))).toThrow('files deep');
    write({ 'etc/nix.conf': '' });
    expect(() => settings('cores = -1').number('cores')).toThrow("nix.conf sets 'cores' to '-1'");
  });
});
