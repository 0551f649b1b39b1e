import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file = '';

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 4 }] });
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `fixed = { outputHashMode = "flat"; outputHashAlgo = "sha256";
       outputHash = "0000000000000000000000000000000000000000000000000000"; };
     broken = shell "broken" "exit 3" {};
     broken-too = shell "broken-too" "exit 3" {};
     broken-three = shell "broken-three" "exit 3" {};
     above = shell "above" "cat $broken" { broken = broken-three; };
     fetch = shell "fetch" "exit 1" fixed;
     wrong = shell "wrong" "echo > $out" fixed;
     wrong-too = shell "wrong-too" "echo > $out" fixed;
     base = shell "base" "echo > $out" {};
     forbidden = shell "forbidden" "echo $base > $out" { inherit base; allowedReferences = []; };
     late = shell "late" "sleep 60" {};
     later = shell "later" "sleep 60" {};
     wrong-three = shell "wrong-three" "echo > $out" fixed;
     never = shell "never" "exit 1" {};
     empty = shell "empty" "true" {};
     alien = shell "alien" "true" { system = "alien"; };
     fine = shell "fine" "echo > $out" {};`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

let stores = 0;

/** The exit code of stock Nix, which opens its store itself: through a daemon it is always 1. */
function nixBuild(args: readonly string[]): Promise<number> {
  stores += 1;
  const store = `local?root=${join(farm.folder, `stock-${stores}`)}`;
  const env = {
    ...farm.hub.env,
    NIX_REMOTE: store,
    NIX_CONF_DIR: farm.builder('one').daemon.confDir,
  };
  return new Promise((resolve) => {
    execFile('nix-build', ['--no-out-link', ...args], { env }, (error) =>
      resolve(error === null ? 0 : Number(error.code)),
    );
  });
}

// Each derivation is built once: two builds of the same one wait five seconds for each other.
test.concurrent.each([
  [0, ['fine'], []],
  [100, ['broken'], []],
  [100, ['above'], []],
  [1, ['fetch'], []],
  [102, ['wrong'], []],
  [1, ['forbidden'], []],
  [1, ['empty'], []],
  [1, ['alien'], []],
  [101, ['late'], ['--timeout', '1']],
  [102, ['broken-too', 'wrong-too'], ['-k']],
  [100, ['never', 'fine'], ['-k']],
  [103, ['later', 'wrong-three', 'fine'], ['-k', '--timeout', '1']],
])('%d for %s %s, as nix-build', async (code, names, options) => {
  const args = [file, ...names.flatMap((name) => ['-A', name]), ...options];
  const [stock, ours] = await Promise.all([nixBuild(args), dispatch.build(['-f', ...args])]);
  expect([stock, ours.code]).toEqual([code, code]);
});
