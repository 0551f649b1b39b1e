import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const programs = new URL('../bin/', import.meta.url).pathname;
const bundle = `services/cli/bundle/main-${process.version}.cjs`;
const files = {
  'packages/nix/dist/.tsbuildinfo': '',
  'services/cli/dist/.tsbuildinfo': '',
  'services/coordinator/dist/.tsbuildinfo': '',
  'services/cli/dist/start.js': "console.log('modules');",
  [bundle]: "(() => console.log('bundle'))",
  'services/cli/package.json': '{"type":"module"}',
};

let checkout: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'dispatch-test-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(checkout, name)), { recursive: true });
    writeFileSync(join(checkout, name), text);
    touch(name, 1000);
  }
  cpSync(programs, join(checkout, 'services/cli/bin'), { recursive: true });
});

afterEach(() => rmSync(checkout, { recursive: true, force: true }));

function touch(name: string, seconds: number): void {
  utimesSync(join(checkout, name), seconds, seconds);
}

function started(): string {
  const words = [join(checkout, 'services/cli/bin/dispatch')];
  return execFileSync(process.execPath, words, { encoding: 'utf8' }).trim();
}

it('the few files are what starts, where they were made of what is compiled', () => {
  touch(bundle, 1001);
  expect(started()).toBe('bundle');
});

it.each(['packages/nix', 'services/cli', 'services/coordinator'])(
  'what was compiled later in %s starts itself',
  (folder) => {
    touch(bundle, 1001);
    touch(`${folder}/dist/.tsbuildinfo`, 1002);
    expect(started()).toBe('modules');
  },
);

it('without them the modules start', () => {
  rmSync(join(checkout, 'services/cli/bundle'), { recursive: true });
  expect(started()).toBe('modules');
});

const rehearsal = new URL('../../../infra/build/rehearse.cjs', import.meta.url).pathname;

it('V8 takes what it compiled before, but not of another text, and not damaged', () => {
  const file = join(checkout, bundle);
  const write = (said: string): void => writeFileSync(file, `(() => console.log('${said}'))`);
  write('before');
  execFileSync(process.execPath, [rehearsal, file], { stdio: 'ignore' });
  const compiled = readFileSync(`${file}.compiled`);
  touch(bundle, 1001);
  expect(started()).toBe('before');

  write('after!');
  touch(bundle, 1001);
  expect(started()).toBe('after!');

  write('before');
  touch(bundle, 1001);
  compiled.write('gefahr', compiled.indexOf('before'));
  writeFileSync(`${file}.compiled`, compiled);
  expect(started()).toBe('before');
});
