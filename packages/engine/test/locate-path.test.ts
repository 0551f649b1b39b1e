import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { locatePath } from '../src/resolve/locate-path.ts';

const hash = '0'.repeat(32);
const hello = `/nix/store/${hash}-hello`;
const profile = `/nix/store/${hash}-profile`;

let folder = '';
/** A store in a folder, whose links mean what they would mean in /nix/store. */
let root = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dispatch-locate-'));
  root = join(folder, 'root');
  mkdirSync(join(root, hello, 'bin'), { recursive: true });
  writeFileSync(join(root, hello, 'bin', 'hello'), '');
  mkdirSync(join(root, profile, 'etc'), { recursive: true });
  symlinkSync(`${hello}/bin`, join(root, profile, 'bin'));
  symlinkSync('/run/somewhere/else', join(root, profile, 'etc', 'state'));
  link(hello, 'result');
  link('profile-2-link', 'profile');
  link(profile, 'profile-2-link');
  link('..', 'up');
  link('loop-b', 'loop-a');
  link('loop-a', 'loop-b');
  mkdirSync(join(folder, 'bin'));
  symlinkSync('../profile/bin/hello', join(folder, 'bin', 'hello'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function link(target: string, name: string): void {
  symlinkSync(target, join(folder, name));
}

const expected: readonly [string, () => string, string | undefined][] = [
  ['a path in the store', () => hello, hello],
  ['one with a slash', () => `${hello}/`, hello],
  ['one that is not there', () => `/nix/store/${hash}-gone`, `/nix/store/${hash}-gone`],
  [
    'a file in one that is not there',
    () => `/nix/store/${hash}-gone/bin/x`,
    `/nix/store/${hash}-gone`,
  ],
  ['where the store’s files really are', () => join(root, hello, 'bin'), hello],
  ['a derivation with outputs', () => `${hello}.drv!out`, `${hello}.drv`],
  ['the same as newer Nix writes it', () => `${hello}.drv^*`, `${hello}.drv`],
  ['a link', () => join(folder, 'result'), hello],
  ['a file seen through it', () => join(folder, 'result', 'bin', 'hello'), hello],
  ['a profile: a link to a link', () => join(folder, 'profile'), profile],
  ['a program in a profile belongs to its package', () => join(folder, 'profile/bin/hello'), hello],
  ['a relative link below a link', () => join(folder, 'bin', 'hello'), hello],
  ['what leads out of the store again', () => `${profile}/etc/state`, profile],
  ['a loop', () => join(folder, 'loop-a'), undefined],
  ['a folder', () => join(folder, 'bin'), undefined],
  ['nothing', () => join(folder, 'nothing'), undefined],
  ['the store itself', () => '/nix/store', undefined],
  ['something else in it', () => '/nix/store/.links/abc', undefined],
];

test.each(expected)('%s', async (_, word, path) => {
  expect(await locatePath(word(), root)).toBe(path);
});
