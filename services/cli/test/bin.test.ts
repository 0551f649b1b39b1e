import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const program = new URL('../bin/dispatch', import.meta.url).pathname;
const files = {
  'packages/nix/dist/.tsbuildinfo': '',
  'services/cli/dist/.tsbuildinfo': '',
  'services/cli/dist/main.js': "console.log('modules');",
  'services/cli/bundle/main.js': "console.log('bundle');",
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
  mkdirSync(join(checkout, 'services/cli/bin'));
  copyFileSync(program, join(checkout, 'services/cli/bin/dispatch'));
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
  touch('services/cli/bundle/main.js', 1001);
  expect(started()).toBe('bundle');
});

it.each(['packages/nix', 'services/cli'])(
  'what was compiled later in %s starts itself',
  (folder) => {
    touch('services/cli/bundle/main.js', 1001);
    touch(`${folder}/dist/.tsbuildinfo`, 1002);
    expect(started()).toBe('modules');
  },
);

it('without them the modules start', () => {
  rmSync(join(checkout, 'services/cli/bundle'), { recursive: true });
  expect(started()).toBe('modules');
});
