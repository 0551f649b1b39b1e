import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let machines = '';

beforeAll(async () => {
  const contentAddressed = { 'experimental-features': 'ca-derivations' };
  farm = await startFarm({
    hub: { settings: contentAddressed, clientSettings: contentAddressed },
    builders: [
      { name: 'one', slots: 2, features: ['big'] },
      { name: 'two' },
      { name: 'impatient', settings: { timeout: '1' } },
    ],
  });
  dispatch = new Dispatch(farm);
  machines = ['one', 'two'].map((name) => farm.builder(name).machineLine).join(';');
});

afterAll(() => farm[Symbol.asyncDispose]());

function build(...args: string[]): ReturnType<Dispatch['run']> {
  return dispatch.build(args, machines);
}

test('a failed build: which, where, how it ended, its log, what it keeps back; exit code 100', async () => {
  const file = writeRecipes(
    farm,
    `broken = shell "broken" "printf '@nix {\\"action\\":\\"setPhase\\",\\"phase\\":\\"checkPhase\\"}\\\\n' >&2
       for i in $(seq 40); do echo line $i; done; exit 7" {};
     middle = shell "middle" "cat $broken > $out" { inherit broken; };
     wanted = shell "wanted" "cat $middle > $out" { inherit middle; };`,
  );
  const { code, stdout, stderr } = await build('-f', file, '-A', 'wanted');
  expect({ code, stdout }).toEqual({ code: 100, stdout: '' });
  expect(stderr).toMatch(
    /error: broken failed on unix:\S+ in checkPhase: builder failed with exit code 7\n/,
  );
  const shown = stderr.split('\n').filter((line) => line.startsWith('  > '));
  expect(shown).toEqual(Array.from({ length: 25 }, (_, index) => `  > line ${index + 16}`));
  const [, logFile] =
    /the whole log: dispatch log \S+-broken\.drv\n {2}\(in (.*)\)/.exec(stderr) ?? [];
  expect(readFileSync(logFile!, 'utf8').split('\n')).toHaveLength(42);
  expect(stderr).toMatch(
    /it keeps back 2 steps, and with them what you asked for: wanted\nbuilt 0 of 3 steps in .*, 1 failed \(broken\), 2 not built\n$/,
  );
});

test('--keep-going builds what does not depend on the failure, and leaves nothing out of the account', async () => {
  const file = writeRecipes(
    farm,
    `first = shell "first" "exit 1" {};
     second = shell "second" "sleep 0.3; exit 1" {};
     blocked = shell "blocked" "cat $first > $out" { inherit first; };
     base = shell "base" "sleep 0.5; echo base > $out" {};
     fine = shell "fine" "cat $base > $out" { inherit base; };`,
  );
  const roots = ['blocked', 'second', 'fine'].flatMap((name) => ['-A', name]);
  const { code, stdout, stderr } = await build('-f', file, ...roots, '-k', '--json');
  expect(code).toBe(100);
  expect(stderr).toMatch(/built fine on/);
  expect(stderr).toMatch(/copied \S+-fine from/);
  const { outcome, steps } = JSON.parse(stdout) as {
    outcome: string;
    steps: { name: string; status: string }[];
  };
  expect(outcome).toBe('failed');
  expect(Object.fromEntries(steps.map(({ name, status }) => [name, status]))).toEqual({
    first: 'failed',
    second: 'failed',
    blocked: 'dependency-failed',
    base: 'built',
    fine: 'built',
  });
});

test('an output that no store takes has failed, wherever it is built', async () => {
  const file = writeRecipes(farm, 'pipe = shell "pipe" "mkfifo $out; echo made it" {};');
  const { code, stderr } = await build('-f', file, '-A', 'pipe');
  expect(code).toBe(1);
  expect(stderr).toMatch(/error: pipe failed on \S+: .* has an unsupported type/);
  expect(stderr).toContain('  > made it\n');
  expect(stderr).not.toContain('was lost');
});

test('without --keep-going the rest is given up', async () => {
  const file = writeRecipes(
    farm,
    `quick = shell "quick" "exit 1" {};
     slow = shell "slow" "sleep 60" {};
     after = shell "after" "cat $slow > $out" { inherit slow; };`,
  );
  const { code, stderr } = await build('-f', file, '-A', 'quick', '-A', 'after');
  expect(code).toBe(100);
  expect(stderr).toContain('2 other steps given up; --keep-going builds what still can be\n');
});

test('a wrong hash: exit code 102, with both hashes; and the same with another failure beside it', async () => {
  const file = writeRecipes(
    farm,
    `wrong = shell "wrong" "echo content > $out" {
       outputHashMode = "flat"; outputHashAlgo = "sha256";
       outputHash = "0000000000000000000000000000000000000000000000000000"; };
     failing = shell "failing" "exit 1" {};`,
  );
  const { code, stderr } = await build('-f', file, '-A', 'wrong');
  expect(code).toBe(102);
  expect(stderr).toMatch(/wrong failed on .*: hash mismatch in fixed-output derivation/);
  expect(stderr).toMatch(/^ {2}specified: sha256-A+=$/m);
  expect(stderr).toMatch(/^ {2}got: +sha256-\S+=$/m);
  const both = await build('-f', file, '-A', 'wrong', '-A', 'failing', '-k');
  expect(both.code).toBe(102);
});

test('a build that takes too long: exit code 101', async () => {
  const file = writeRecipes(farm, 'late = shell "late" "sleep 60" {};');
  const impatient = farm.builder('impatient').machineLine;
  const { code, stderr } = await dispatch.build(['-f', file, '-A', 'late'], impatient);
  expect(code).toBe(101);
  expect(stderr).toMatch(/late failed on .* timed out after 1 seconds/);
});

test('no builder fits: for each builder, why', async () => {
  const file = writeRecipes(
    farm,
    `alien = shell "alien" "" { system = "riscv64-none"; };
     picky = shell "picky" "" { requiredSystemFeatures = [ "big" "kvm" ]; };
     served = shell "served" "echo > $out" { requiredSystemFeatures = [ "big" ]; };`,
  );
  const alien = await build('-f', file, '-A', 'alien');
  expect(alien.code).toBe(1);
  expect(alien.stderr).toMatch(/no builder can build \/nix\/store\/\S+-alien.drv\n/);
  expect(alien.stderr.match(/it builds for \S+, not for riscv64-none$/gm)).toHaveLength(2);
  const picky = await build('-f', file, '-A', 'picky');
  expect(picky.stderr).toContain(`${farm.builder('one').uri}: it does not have the feature kvm\n`);
  expect(picky.stderr).toContain(
    `${farm.builder('two').uri}: it does not have the features big, kvm\n`,
  );
  const served = await build('-f', file, '-A', 'served');
  expect(served.stderr).toContain(`building served on ${farm.builder('one').uri}`);
});

test('content-addressed derivations: built by the local daemon, and refused without it', async () => {
  const file = writeRecipes(
    farm,
    `floating = shell "floating" "echo floating > $out" {
       __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; };
     above = shell "above" "cat $floating > $out; echo above >> $out" { inherit floating; };`,
  );
  const refused = await build('-f', file, '-A', 'above', '--max-jobs', '0');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    'it is not the local daemon, which alone builds content-addressed',
  );
  const built = await build('-f', file, '-A', 'above');
  expect(built).toMatchObject({ code: 0 });
  expect(built.stdout).toMatch(/^\/nix\/store\/\w{32}-above\n$/);
  const content = farm.hub.daemon.realPath(built.stdout.trim());
  expect(readFileSync(content, 'utf8')).toBe('floating\nabove\n');
  const again = await build('-f', file, '-A', 'above');
  expect(again).toMatchObject({ stdout: built.stdout, stderr: 'everything is there already\n' });
});
