import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oracleOrSkip, unpackedOrSkip } from '../../../test/data.ts';
import { SmallDisk } from '../../../test/small-disk.ts';
import { copyOfDrvs, printed, rewrite, temporaryFolder } from './rewrite-command.ts';

test('a full disk is said, and leaves every file whole or not there', (context) => {
  const oracle = oracleOrSkip(context, 'oracle-hello-expat');
  const sizes = new Map<string, number>();
  const theirs = join(unpackedOrSkip(context, 'oracle-hello-expat'), 'nix/store');
  for (const name of readdirSync(theirs)) sizes.set(name, statSync(join(theirs, name)).size);
  using disk = new SmallDisk(temporaryFolder(), '64k');
  const serials = { [oracle.poisoned[0]?.old ?? '']: 1 };
  const words = ['--write', disk.folder, '--serial-variable', oracle.attribute];
  const ran = rewrite(unpackedOrSkip(context, 'drvs-hello'), serials, words);
  expect(ran).toMatchObject({ status: 1, stdout: '' });
  expect(ran.stderr).toMatch(/^dispatch: cannot write .*: the disk is full; .*\n$/);
  const written = readdirSync(join(disk.folder, 'nix/store'));
  expect(written.length).toBeGreaterThan(0);
  expect(written.length).toBeLessThan(sizes.size);
  for (const name of written) {
    expect(statSync(join(disk.folder, 'nix/store', name)).size).toBe(sizes.get(name));
  }
});

test('a full disk behind standard output is said', (context) => {
  const serials = join(temporaryFolder(), 'serials.json');
  writeFileSync(serials, '{}');
  const program = new URL('../bin/dispatch', import.meta.url).pathname;
  const drvs = unpackedOrSkip(context, 'drvs-hello');
  const script = '"$@" > /dev/full';
  const words = ['-c', script, 'sh', process.execPath, program, 'rewrite', '--drvs', drvs];
  const ran = spawnSync('sh', [...words, '--serials', serials], { encoding: 'utf8' });
  expect(ran.status).toBe(1);
  expect(ran.stderr).toBe('dispatch: cannot write to standard output: no space left on device\n');
});

test('what is in the way of the folder is named', (context) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'nix'), '');
  const ran = rewrite(unpackedOrSkip(context, 'drvs-hello'), {}, ['--write', folder]);
  expect(ran).toMatchObject({ status: 1, stdout: '' });
  expect(ran.stderr).toContain(folder);
});

test('what is written beside the originals is read again, and is written twice alike', (context) => {
  const oracle = oracleOrSkip(context, 'oracle-hello-curl');
  const folder = copyOfDrvs(unpackedOrSkip(context, 'drvs-hello'));
  const serials = { [oracle.poisoned[0]?.old ?? '']: 1 };
  const words = ['--write', folder, '--serial-variable', oracle.attribute];
  const first = printed(rewrite(folder, serials, words));
  const store = join(folder, 'nix/store');
  const names = readdirSync(store);
  expect(names).toHaveLength(oracle.counts.changed);
  expect(statSync(join(store, names[0] ?? '')).mode & 0o777).toBe(0o444);
  const again = printed(rewrite(folder, serials, [...words, ...Object.keys(first.roots)]));
  expect(again).toEqual(first);
  const rewritten = printed(rewrite(folder, {}, [...words, ...Object.values(first.roots)]));
  expect(Object.values(rewritten.roots)).toEqual(Object.values(first.roots));
  expect(readdirSync(store)).toEqual(names);
});

test('nothing is written when nothing changed', (context) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'nix'));
  printed(rewrite(unpackedOrSkip(context, 'drvs-hello'), {}, ['--write', folder]));
  expect(
    existsSync(join(folder, 'nix/store')) ? readdirSync(join(folder, 'nix/store')) : [],
  ).toEqual([]);
});
