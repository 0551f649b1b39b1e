import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { Pty } from '../terminal/pty.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

const program = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'dispatch');

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'one', slots: 2 }] });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

function log(...words: string[]): Promise<ClientResult> {
  return dispatch.run(['log', ...words]);
}

/** What `--json` says of one step of a run. */
interface Step {
  readonly name: string;
  readonly original: string;
  readonly drvPath: string;
  readonly outputs: { readonly out: string };
  readonly logFile: string;
}

async function build(file: string, attribute: string): Promise<{ run: string; step: Step }> {
  const { stdout } = await dispatch.build(['-f', file, '-A', attribute, '--json']);
  const { run, steps } = JSON.parse(stdout) as { run: string; steps: readonly Step[] };
  const step = steps.find(({ name }) => name === attribute);
  if (step === undefined) throw new Error(stdout);
  return { run, step };
}

test('the log of what was built or failed, by whatever names it, as it was printed', async () => {
  const file = writeRecipes(
    farm,
    `fine = shell "fine" "printf 'a \\\\033[2Jb\\\\377\\\\n'; echo > $out" {};
     broken = shell "broken" "echo $fine; exit 3" { inherit fine; };`,
  );
  const { run, step } = await build(file, 'broken');
  const { drv, out } = await fineOf(file);
  expect((await log(step.drvPath)).stdout).toBe(`broken: at work\n${out}\n`);
  const link = join(dispatch.folder, 'link');
  await farm.hub.run('ln', ['-s', out, link]);
  for (const words of [
    [drv],
    [`${drv}!out`],
    [out],
    [`${out}/in/it`],
    [link],
    ['-f', file, '-A', 'fine'],
  ]) {
    const { code, stdout } = await log(...words);
    expect({ words, code, stdout }).toEqual({
      words,
      code: 0,
      stdout: 'fine: at work\na \u001b[2Jb\ufffd\n',
    });
  }
  expect(await log(out, '-f', file, '-A', 'fine')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'dispatch: name one derivation at a time\n',
  });
  const { stdout } = await log(step.drvPath, '--json', '--run', run);
  expect(JSON.parse(stdout)).toMatchObject({
    from: 'run',
    run,
    name: 'broken',
    drvPath: step.drvPath,
    status: 'failed',
    builder: farm.builder('one').uri,
    logFile: step.logFile,
  });
  const pty = new Pty(`node_modules/.bin/dispatch log ${drv}`, {
    env: farm.hub.env,
    folder: join(import.meta.dirname, '..', '..'),
  });
  expect(await pty.ended).toBe(0);
  expect(await pty.emulator.lines()).toEqual(['fine: at work', 'a b\ufffd']);
});

async function fineOf(file: string): Promise<{ drv: string; out: string }> {
  const drv = await instantiate(farm, file, 'fine');
  const { stdout } = await farm.hub.run('nix-store', ['-q', '--outputs', drv]);
  return { drv, out: stdout.trim() };
}

test('of several forms the one that is named; the newest that was built in its place otherwise', async () => {
  const script = 'printenv dispatchSerial || echo 0; echo > $out';
  const file = writeRecipes(farm, `again = shell "again" "${script}" {};`);
  const first = await build(file, 'again');
  await dispatch.run(['poison', first.step.outputs.out, '--reason', 'bad', '--yes']);
  const second = await build(file, 'again');
  expect(second.step.drvPath).not.toBe(first.step.drvPath);
  expect(await log(first.step.drvPath)).toMatchObject({
    stdout: 'again: at work\n0\n',
    stderr: '',
  });
  expect(await log(second.step.outputs.out)).toMatchObject({
    stdout: 'again: at work\n1\n',
    stderr: '',
  });
  rmSync(first.step.logFile);
  expect(await log(first.step.drvPath)).toMatchObject({
    stdout: 'again: at work\n1\n',
    stderr: `dispatch: this is the log of ${second.step.drvPath}, which was built in its place\n`,
  });
  const ofFirst = await log(first.step.drvPath, '--run', first.run);
  expect(ofFirst).toMatchObject({ code: 1, stdout: '' });
  expect(ofFirst.stderr).toContain(`that of run ${first.run} was removed`);
  const ofNone = await log(second.step.drvPath, '--run', 'none');
  expect(ofNone.stderr).toContain("there is no run 'none'");
});

test('what is being built, or was stopped, has its log, too', async () => {
  const file = writeRecipes(farm, 'slow = shell "slow" "echo begun; sleep 60" {};');
  const drv = await instantiate(farm, file, 'slow');
  const words = ['--no-link', '--detach', '--builders', farm.machines, '-f', file, '-A', 'slow'];
  const run = (await dispatch.run(['build', ...words])).stdout.trim();
  const told = {
    code: 0,
    stdout: 'slow: at work\nbegun\n',
    stderr: `dispatch: run ${run} has not built it to the end, or not yet; what it printed:\n`,
  };
  await expect.poll(() => log('-f', file, '-A', 'slow'), { timeout: 30_000 }).toEqual(told);
  await dispatch.run(['cancel', run]);
  const state = async (): Promise<string> => (await dispatch.run(['status'])).stdout;
  await expect.poll(state, { timeout: 30_000 }).toMatch(new RegExp(`${run} +cancelled`));
  expect(await log(drv, '--run', run)).toEqual(told);
  expect(JSON.parse((await log(drv, '--json')).stdout)).toMatchObject({ from: 'attempt', run });
});

test('what Nix itself built: the log that it kept', async () => {
  const file = writeRecipes(farm, 'own = shell "own" "echo > $out" {};');
  const drv = await instantiate(farm, file, 'own');
  expect(await farm.hub.run('nix-store', ['--realise', drv])).toMatchObject({ code: 0 });
  expect(await log(drv)).toMatchObject({ code: 0, stdout: 'own: at work\n' });
  expect(JSON.parse((await log(drv, '--json')).stdout)).toMatchObject({ from: 'hub', path: drv });
});

test('a long log that Nix itself kept ends with its reader, and where nobody reads it', async () => {
  const file = writeRecipes(farm, 'wide = shell "wide" "seq 200000; echo > $out" {};');
  const drv = await instantiate(farm, file, 'wide');
  expect(await farm.hub.run('nix-store', ['--realise', drv])).toMatchObject({ code: 0 });
  expect(JSON.parse((await log(drv, '--json')).stdout)).toMatchObject({ from: 'hub', path: drv });
  const first = await farm.hub.run('bash', [
    '-c',
    `${program} log ${drv} | head -n 2; exit \${PIPESTATUS[0]}`,
  ]);
  expect(first).toMatchObject({ code: 0, stdout: 'wide: at work\n1\n', stderr: '' });
});

test('where there is none it says why, and what to do', async () => {
  const file = writeRecipes(
    farm,
    `silent = derivation { name = "silent"; system = builtins.currentSystem; builder = "/bin/sh";
       args = [ "-c" "echo > $out" ]; };
     dumb = derivation { name = "dumb"; system = builtins.currentSystem; builder = "/bin/sh";
       args = [ "-c" "exit 1" ]; };
     alien = shell "alien" "" { system = "riscv64-none"; };
     never = shell "never" "" {};`,
  );
  const { run, step } = await build(file, 'silent');
  expect(await log(step.drvPath)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: `dispatch: run ${run} built it on ${farm.builder('one').uri}, and it printed nothing\n`,
  });
  const dumb = await build(file, 'dumb');
  expect(await log(dumb.step.drvPath)).toMatchObject({
    code: 0,
    stderr: `dispatch: run ${dumb.run} tried it on ${farm.builder('one').uri}, and it printed nothing\n`,
  });
  const alien = await build(file, 'alien');
  expect(await log(alien.step.drvPath)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      `^dispatch: no log of '.*-alien.drv': it was never begun \\(failed in run ${alien.run}\\)\n$`,
    ),
  });
  const never = await log(await instantiate(farm, file, 'never'));
  expect(never).toMatchObject({ code: 1, stdout: '' });
  expect(never.stderr).toMatch(
    /^dispatch: no log of '.*-never.drv': no run of dispatch built it here/,
  );
});

test('a long log through a pipe whose reader stops, or is slow', async () => {
  const file = writeRecipes(farm, 'long = shell "long" "seq 200000; echo > $out" {};');
  const { step } = await build(file, 'long');
  const counted = await farm.hub.run('bash', [
    '-c',
    `${program} log ${step.drvPath} | (sleep 1; tail -n 1)`,
  ]);
  expect(counted).toMatchObject({ stdout: '200000\n', stderr: '' });
  const first = await farm.hub.run('bash', [
    '-c',
    `${program} log ${step.drvPath} | head -n 2; exit \${PIPESTATUS[0]}`,
  ]);
  expect(first).toMatchObject({ code: 0, stdout: 'long: at work\n1\n', stderr: '' });
});
