import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seemsDone } from '../src/done/seems-done.ts';

let root: string;

const drv = '/nix/store/fircisx0a2lp99li6rvj4n4r2vvy405h-some.drv';
const [out, dev] = ['out', 'dev'].map(
  (name) => `/nix/store/dzfqv3r1vsqf1ngdbq7ldcpy5b34gphh-some-${name}`,
) as [string, string];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  mkdirSync(join(root, 'nix/store'), { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text = ''): void {
  writeFileSync(root + path, text);
}

function putDerivation(...outputs: [name: string, path: string][]): void {
  const list = outputs.map(([name, path]) => `("${name}","${path}","","")`).join();
  put(drv, `Derive([${list}],[],[],"x86_64-linux","/bin/sh",[],[("a","(\\"b\\",\\"/c\\")")])`);
}

function guess(...words: string[]): boolean {
  return seemsDone(['build', ...words], { NIX_REMOTE: `unix:///socket?root=${root}` });
}

it('all outputs of all derivations that are named', () => {
  putDerivation(['dev', dev], ['out', out]);
  put(out);
  expect(guess('--no-link', drv)).toBe(false);
  put(dev);
  expect(guess('--no-link', drv)).toBe(true);
  expect(guess(`${drv}!out`, drv)).toBe(true);
  expect(guess(drv, '/nix/store/dzfqv3r1vsqf1ngdbq7ldcpy5b34gphh-other.drv')).toBe(false);
});

it('a store that is named by its folder alone', () => {
  putDerivation(['out', out]);
  put(out);
  expect(seemsDone(['build', drv], { NIX_REMOTE: root })).toBe(true);
  expect(seemsDone(['build', drv], {})).toBe(false);
});

it('nothing that is known before it is built, or is no derivation, or is not named at all', () => {
  putDerivation(['out', '']);
  expect(guess(drv)).toBe(false);
  put(drv, 'Derive([],[])');
  expect(guess(drv)).toBe(false);
  expect(guess('-f', 'some.nix')).toBe(false);
});
