import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '@dispatch/ledger/open-ledger';
import type { RunSummary } from '@dispatch/ledger/run-record';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { processesOf } from '../farm/processes.ts';
import { Dispatch, type RunningDispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', ssh: true }, { name: 'near' }] });
  dispatch = new Dispatch(farm);
});

afterAll(() => farm[Symbol.asyncDispose]());

function start(file: string, attribute: string, ...more: string[]): RunningDispatch {
  const words = ['build', '--no-link', '-f', file, '-A', attribute, ...more];
  return dispatch.start([...words, '--builders', farm.machines, '-L']);
}

function sleeping(seconds: number): string[] {
  const commands = processesOf(farm.folder).map(({ command }) => command);
  return commands.filter((command) => command === `sleep ${seconds}`);
}

async function lastRun(): Promise<RunSummary | undefined> {
  const state = farm.hub.env['XDG_STATE_HOME'] ?? '';
  const ledger = await openLedger(`lmdb:${join(state, 'dispatch', 'ledger')}`);
  const [last] = await ledger.runs.recent(1);
  await ledger.close();
  return last;
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s stops the builds wherever they are: exit code %d', async (name, expected) => {
  const file = writeRecipes(
    farm,
    `a = shell "a-${name}" "echo a begins; sleep 61" {};
     b = shell "b-${name}" "echo b begins; sleep 61" {};`,
  );
  const running = start(file, 'a', '-A', 'b');
  await Promise.all([running.told('a begins'), running.told('b begins')]);
  await expect.poll(() => sleeping(61).length).toBe(2);
  const before = Date.now();
  running.signal(name);
  const { code, stdout, stderr } = await running.ended;
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
  expect(Date.now() - before).toBeLessThan(4000);
  expect(stderr).toContain('stopping; Ctrl-C again leaves at once\n');
  await expect.poll(() => sleeping(61)).toEqual([]);
  const last = await lastRun();
  expect(last).toMatchObject({ state: 'cancelled', finishedAt: expect.any(Number) });
  const told = await dispatch.run(['status', last?.id ?? '', '--json']);
  const { runs } = JSON.parse(told.stdout) as { runs: unknown[] };
  expect(runs).toMatchObject([{ state: 'cancelled', finishedAt: last?.finishedAt }]);
});

test('Ctrl-C while a result is copied: it is not there, not half of it, and arrives the next time', async () => {
  const file = writeRecipes(farm, 'big = shell "big" "head -c 300000000 /dev/zero > $out" {};');
  const drvPath = await instantiate(farm, file, 'big');
  const { stdout: output } = await farm.hub.run('nix-store', ['-q', '--outputs', drvPath]);
  const running = start(file, 'big');
  await running.told(/built big on/);
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
  const isValid = await farm.hub.run('nix-store', ['--check-validity', output.trim()]);
  expect(isValid.code).toBe(1);
  const again = await dispatch.build(['-f', file, '-A', 'big']);
  expect(again.stderr).toMatch(/^1 found on builders\ncopied \S+-big from .*286.1 MiB/);
  const verified = await farm.hub.run('nix-store', ['--verify-path', output.trim()]);
  expect(verified).toMatchObject({ code: 0 });
});

test('a second Ctrl-C leaves at once', async () => {
  const file = writeRecipes(farm, 'c = shell "c" "echo c begins; sleep 63" {};');
  const running = start(file, 'c');
  await running.told('c begins');
  running.signal('SIGINT');
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
  await expect.poll(() => sleeping(63)).toEqual([]);
});

/** An expression that adds 2,000 times. */
function sum(inner: string): string {
  return `(builtins.foldl' (a: b: a + ${inner}) 0 (builtins.genList (n: n) 2000))`;
}

test('Ctrl-C while something is evaluated ends that, even where Nix does not listen', async () => {
  const file = writeRecipes(farm, `stuck = shell "stuck" "" { x = ${sum(sum(sum('b')))}; };`);
  const running = start(file, 'stuck');
  const evaluators = (): string[] =>
    processesOf(farm.folder)
      .map(({ command }) => command)
      .filter((command) => /^(\S*\/)?nix-instantiate/.test(command));
  await expect.poll(() => evaluators().length, { timeout: 5000 }).toBe(1);
  await sleep(300);
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
  expect(evaluators()).toEqual([]);
});
