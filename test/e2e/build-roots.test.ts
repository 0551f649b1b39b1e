import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeFunction, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', features: ['rare'] }] });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

/** What was built, by the part of its path after the hash. */
async function built(...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await dispatch.run(['build', '--no-link', ...args]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout.split('\n').flatMap((path) => (path === '' ? [] : [path.slice(44)]));
}

test('without roots, default.nix as a whole', async () => {
  const file = writeRecipes(
    farm,
    'b = shell "b" "echo > $out" {}; a = shell "a" "echo > $out" {};',
  );
  const usual = join(dispatch.folder, 'default.nix');
  copyFileSync(file, usual);
  expect(await built()).toEqual(['a', 'b']);
  expect(await built('-A', 'b')).toEqual(['b']);
  rmSync(usual);
});

test('a function in the file gets --arg and --argstr, and the search path is as -I says', async () => {
  const { file, search } = writeFunction(farm);
  expect(await built('-f', file, '--arg', 'number', '20 + 1', ...search)).toEqual(['none-121']);
  const pairs = ['--argstr', 'text', 'a=b', '--arg', 'number', '2'];
  expect(await built(...pairs, '-f', file, ...search)).toEqual(['a=b-102']);
});

test('-E evaluates an expression, with the same words, from the folder where the command runs', async () => {
  const { file, search } = writeFunction(farm);
  const words = ['-E', `{ n }: { a = import ${file} { number = n; }; b = 1; }`, '-A', 'a'];
  expect(await built(...words, '--arg', 'n', '3', ...search)).toEqual(['none-103']);
  copyFileSync(file, join(dispatch.folder, 'beside.nix'));
  expect(await built('--expr', 'import ./beside.nix { number = 4; }', ...search)).toEqual([
    'none-104',
  ]);
  expect(await dispatch.run(['build', '-E', '1', '-f', file])).toEqual({
    code: 1,
    stdout: '',
    stderr: 'dispatch: -f and -E both say what to evaluate: give one of them\n',
  });
});

test('an option of two words that has one is refused, and names nothing else', async () => {
  for (const [option, ...words] of [
    ['--arg'],
    ['--argstr', 'text'],
    ['--override-input', 'other'],
  ]) {
    const { code, stdout, stderr } = await dispatch.run(['build', '-A', 'a', option!, ...words]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`dispatch: ${option} takes two words`);
  }
});

test('--no-link and --no-out-link make no links, whatever --out-link says before or after', async () => {
  const file = writeRecipes(farm, 'c = shell "c" "echo > $out" {};');
  const link = ['-o', 'wanted'];
  for (const none of ['--no-link', '--no-out-link'])
    for (const words of [
      [none, ...link],
      [...link, none],
    ]) {
      expect((await dispatch.run(['build', '-f', file, '-A', 'c', ...words])).code).toBe(0);
      expect(existsSync(join(dispatch.folder, 'wanted'))).toBe(false);
    }
  const empty = await dispatch.run(['build', '-f', file, '-A', 'c', '-o', '']);
  expect(empty).toMatchObject({
    code: 1,
    stderr: 'dispatch: the name of the links (-o) is empty\n',
  });
});

test('.drv paths and links to them, with or without outputs', async () => {
  const file = writeRecipes(
    farm,
    'm = shell "m" "echo > $out; echo > $dev" { outputs = [ "out" "dev" ]; };',
  );
  const drvPath = await instantiate(farm, file, 'm');
  symlinkSync(drvPath, join(dispatch.folder, 'link'));
  symlinkSync('link', join(dispatch.folder, 'second'));
  expect(await built('./second')).toEqual(['m-dev', 'm']);
  expect(await built('second!dev')).toEqual(['m-dev']);
  expect(await built(`${drvPath}^*`)).toEqual(['m-dev', 'm']);
  expect(await built(drvPath, '-f', file, '-A', 'm')).toEqual(['m-dev', 'm']);
});

test('installables are evaluated by nix: the outputs to install, or those that are named', async () => {
  const folder = join(farm.folder, 'flake');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'flake.nix'),
    `{ outputs = { self }: { packages.\${"x86_64-linux"} = rec {
        tool = derivation { name = "tool"; system = "x86_64-linux"; builder = "/bin/sh";
          args = [ "-c" "echo > $out; echo > $man; echo > $dev" ]; outputs = [ "out" "man" "dev" ]; }
          // { meta.outputsToInstall = [ "out" "man" ]; };
        default = tool; }; }; }`.replaceAll('x86_64-linux', system),
  );
  expect(await built(`path:${folder}#tool`)).toEqual(['tool', 'tool-man']);
  expect(await built(`path:${folder}#tool^dev`)).toEqual(['tool-dev']);
  expect(await built(`path:${folder}`)).toEqual(['tool', 'tool-man']);
});

test('installables get --impure and --override-input', async () => {
  const folder = join(farm.folder, 'impure');
  const inputs = ['one', 'two'].map((text) => join(farm.folder, `input-${text}`));
  for (const path of [folder, ...inputs]) mkdirSync(path);
  for (const path of inputs) writeFileSync(join(path, 'name'), path.slice(-3));
  writeFileSync(
    join(folder, 'flake.nix'),
    `{ inputs.other = { url = "path:${inputs[0]}"; flake = false; };
       outputs = { self, other }: { packages.${system}.default = derivation {
         name = builtins.readFile (other + "/name") + builtins.getEnv "SUFFIX";
         system = "${system}"; builder = "/bin/sh"; args = [ "-c" "echo > $out" ]; }; }; }`,
  );
  const installable = `path:${folder}`;
  expect(await built(installable)).toEqual(['one']);
  const other = ['--override-input', 'other', `path:${inputs[1]}`];
  expect(await built(installable, '--impure', ...other)).toEqual(['two']);
  const env = { SUFFIX: '-and-more' };
  const words = ['build', '--no-link', installable, '--impure', ...other];
  const { stdout } = await dispatch.run(words, { env });
  expect(stdout).toMatch(/-two-and-more\n$/);
});

test('what an expression reads from derivations is built where the rest is', async () => {
  const file = writeRecipes(
    farm,
    `text = shell "text" "echo imported > $out" { requiredSystemFeatures = [ "rare" ]; };
     b = shell (if builtins.pathExists text.outPath then "b" else "b") "echo > $out" {};`,
  );
  const { stockMachineLine, uri } = farm.builder('far');
  const words = ['-j', '0', '-f', file, '-A', 'b', '--builders', stockMachineLine];
  // Whether the evaluator can then read what was built, in a store that is not at /nix/store, does not matter
  // here.
  const { stderr } = await dispatch.run(['build', ...words]);
  expect(stderr).toMatch(`-text.drv' on '${uri}'...`);
});

test('an expression without derivations is no error, as for nix-build', async () => {
  const file = join(farm.folder, 'nothing.nix');
  writeFileSync(file, '{ }');
  const { code, stdout, stderr } = await dispatch.run(['build', '-f', file]);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: 'nothing to build: the expression gives no derivations\n',
  });
  const ran = await dispatch.run(['build', '--json', '-f', file]);
  expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: 'succeeded', roots: [], steps: [] });
});

test('what looks like an option is not handed to nix as one', async () => {
  const { code, stdout, stderr } = await dispatch.run(['build', '--', '--impure#x']);
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: '',
    stderr: "dispatch: '--impure#x' names no derivation: it is an option\n",
  });
});

const system = process.arch === 'arm64' ? 'aarch64-linux' : 'x86_64-linux';

test('no Nix here: said in one line, and what can be done without it', async () => {
  const bin = join(farm.folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  const file = writeRecipes(farm, 'x = shell "x" "echo > $out" {};');
  const drvPath = await instantiate(farm, file, 'x');
  const run = (...args: string[]) =>
    dispatch.run(['build', '--no-link', ...args], { env: { PATH: bin } });
  expect(await run('-f', file)).toEqual({
    code: 1,
    stdout: '',
    stderr:
      "dispatch: cannot run 'nix-instantiate', which evaluates what is to be built: it is not " +
      'installed, or not in PATH; give .drv paths instead, or install Nix here\n',
  });
  expect((await run(drvPath)).code).toBe(0);
});

test('what cannot be evaluated: the message of Nix, and exit code 1', async () => {
  const file = writeRecipes(farm, 'x = throw "no such luck";');
  const { code, stdout, stderr } = await dispatch.run(['build', '-f', file, '-A', 'x']);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('no such luck');
  expect(stderr).toMatch(
    /dispatch: it could not be evaluated: 'nix-instantiate' ended with exit code 1, and has printed why above\n$/,
  );
});
