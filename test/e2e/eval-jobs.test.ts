import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { coordinatorsOf, Dispatch, program, type RunningDispatch } from './dispatch.ts';
import { differences } from './json-page.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
/** Lines as nix-eval-jobs writes them, by attribute. */
const lines: Record<string, string> = {};

const names = [
  'one',
  'two',
  'three',
  'left',
  'right',
  'bad',
  'needsBad',
  'long',
  'other',
  'late',
  'slowOne',
  'slowTwo',
];

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', slots: 2 }, { name: 'near' }] });
  dispatch = new Dispatch(farm);
  const file = writeRecipes(
    farm,
    `quick = name: shell name "echo $name > $out" {};
     one = quick "one"; two = quick "two"; three = quick "three"; other = quick "other"; late = quick "late";
     shared = shell "shared" "sleep 1; echo shared > $out" {};
     after = name: shell name "cat $shared > $out" { inherit shared; };
     left = after "left"; right = after "right";
     bad = shell "bad" "exit 3" {};
     needsBad = shell "needs-bad" "cat $bad" { inherit bad; };
     slow = name: shell name "for i in 1 2 3; do echo at $i; sleep 1; done; echo $name > $out" {};
     slowOne = slow "slow-one"; slowTwo = slow "slow-two";
     long = shell "long" "sleep 60" {};`,
  );
  for (const name of names) {
    const drvPath = await instantiate(farm, file, name);
    lines[name] = evaluated(`checks.${name}`, drvPath);
  }
});

afterAll(() => farm[Symbol.asyncDispose]());

function evaluated(attr: string, drvPath: string): string {
  const outputs = { out: drvPath.replace(/\.drv$/, '') };
  const job = { attr, attrPath: attr.split('.'), drvPath, name: attr, outputs, system: 's' };
  return JSON.stringify({
    ...job,
    cacheStatus: 'notBuilt',
    isCached: false,
    neededBuilds: [drvPath],
  });
}

const failed = JSON.stringify({
  attr: 'checks.broken',
  attrPath: ['checks', 'broken'],
  error: "error:\n       … while calling the 'throw' builtin\n\n       error: it is broken",
});

function words(...more: string[]): string[] {
  return ['build', '--eval-jobs', '-j', '0', '--builders', farm.machines, ...more];
}

function started(...more: string[]): RunningDispatch {
  return dispatch.start(words(...more), { input: true });
}

function line(name: string): string {
  return lines[name] ?? '';
}

test('the first job is built before the last one is evaluated; all is told as one', async () => {
  const build = started();
  build.write(line('one'));
  await build.told(/built one on/);
  build.write(line('two'));
  build.write(line('three'));
  build.write(line('one'));
  build.endInput();
  const { code, stdout, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toMatch(/^1 to build\n\[1\/1\] building one/);
  expect(stderr).toMatch(/\[3\/3\] built [^]*\n4 jobs: built 3 of 3 steps in .*\n$/);
  expect(
    stdout
      .split('\n')
      .map((path) => path.slice(44))
      .toSorted(),
  ).toEqual(['', 'one', 'three', 'two']);
});

test('what jobs of several batches need is built and told once', async () => {
  const build = started('-L', '--json');
  build.write(line('left'));
  await build.told(/shared> shared: at work/);
  build.write(line('right'));
  build.endInput();
  const { code, stdout, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr.match(/building shared/g)).toHaveLength(1);
  expect(stderr.match(/shared> shared: at work/g)).toHaveLength(1);
  expect(stderr).toContain('2 jobs: built 3 of 3 steps in');
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: 'succeeded',
    runs: { length: 2 },
    roots: [
      { attr: 'checks.left', there: true, outputs: { out: expect.stringMatching(/-left$/) } },
      { attr: 'checks.right', there: true },
    ],
    steps: { length: 3 },
  });
});

test('keeping going: what fails to evaluate or to build is told, and all else is built', async () => {
  const build = started('-k', '--json', '--out-link', 'made');
  for (const text of [failed, line('bad'), line('needsBad')]) build.write(text);
  await build.told(/failed: bad/);
  build.write(line('late'));
  build.write(line('late').replace('checks.late', 'checks.\\"again/x\\"'));
  build.endInput();
  const { code, stdout, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 100 });
  expect(stderr).toContain('error: checks.broken: it is broken\n');
  expect(stderr).toContain('not there: checks.bad, checks.needsBad\n');
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: 'failed',
    errors: [{ attr: 'checks.broken', message: expect.stringContaining('it is broken') }],
    roots: [
      { attr: 'checks.bad', there: false },
      { attr: 'checks.needsBad', there: false },
      { attr: 'checks.late', there: true },
      { attr: 'checks."again/x"', there: true },
    ],
    links: [
      { link: join(dispatch.folder, 'made-checks.late') },
      { link: join(dispatch.folder, 'made-checks.%22again%2Fx%22') },
    ],
  });
  expect(differences('dispatch build --eval-jobs', stdout)).toEqual([]);
});

test('the first failure stops all', async () => {
  const build = started();
  build.write(line('long'));
  await build.told(/building long/);
  build.write(line('bad'));
  const { code, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 100 });
  expect(stderr).toContain('1 other step given up; --keep-going builds what still can be\n');
});

test('an evaluation that fails stops all, too', async () => {
  const build = started();
  build.write(line('long'));
  await build.told(/building long/);
  build.write(failed);
  const { code, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stderr).toContain('1 job: built 0 of 1 step');
});

test('Ctrl-C stops all batches', async () => {
  const build = started('--json');
  build.write(line('long'));
  await build.told(/building long/);
  build.write(line('other'));
  await build.told(/1 more to build/);
  build.signal('SIGINT');
  const { code, stdout, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 130 });
  expect(stderr).toContain('stopped; nothing was left half-done\n');
  expect(JSON.parse(stdout)).toMatchObject({ outcome: 'cancelled', runs: { length: 2 } });
});

test('the coordinator is killed under several batches: that is told once, and all are gone on with', async () => {
  const build = started('-L');
  build.write(line('slowOne'));
  await build.told(/slow-one> at 1/);
  build.write(line('slowTwo'));
  await build.told(/slow-two> at 1/);
  const [pid = 0] = coordinatorsOf(farm.folder);
  process.kill(pid, 'SIGKILL');
  build.endInput();
  const { code, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr.match(/the coordinator was lost/g)).toHaveLength(1);
  expect(stderr).toMatch(/2 jobs: built 2 of 2 steps in .*\n$/);
});

test('an evaluator that is killed within a line is noticed; what came before is built with -k', async () => {
  const build = started('-k');
  build.write(line('left'));
  build.endInput(line('late').slice(0, 40));
  const { code, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stderr).toContain('error: line 2 of standard input is no job of nix-eval-jobs: it is not');
  expect(stderr).toContain('1 job: nothing had to be built, 1 error before building');
});

test('a pipe of the shell: its writer ends when nothing more is wanted', async () => {
  const producer = `for (;;) { await new Promise(r => setTimeout(r, 100)); process.stdout.write(process.argv[2] + '\\n'); }`;
  const script = join(farm.folder, 'producer.mjs');
  writeFileSync(script, producer);
  const pipe = `node "$0" "$1" | "$2" build --eval-jobs -j 0 --builders "$3"; echo "\${PIPESTATUS[*]}"`;
  const { stdout } = await promisify(execFile)(
    'bash',
    ['-c', pipe, script, failed, program, farm.machines],
    { cwd: dispatch.folder, env: farm.hub.env },
  );
  expect(stdout).toMatch(/^(141|1) 1\n$/);
});

test('a file, and a plan of it; one without any job is refused', async () => {
  const file = join(farm.folder, 'jobs.jsonl');
  writeFileSync(file, `${line('one')}\n\n${line('two')}`);
  const built = await dispatch.run(['build', '--eval-jobs', file, '--builders', farm.machines]);
  expect(built).toMatchObject({ code: 0 });
  expect(built.stderr).toMatch(/^2 jobs: /m);
  const planned = await dispatch.run(['plan', '--eval-jobs', file, '--builders', farm.machines]);
  expect(planned).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^there already:\n.*-one\n.*-two\n$/),
  });
  const empty = await dispatch.run(['build', '--eval-jobs', '/dev/null']);
  expect(empty).toMatchObject({ code: 1, stderr: expect.stringMatching(/wrote no job/) });
});

test('a folder in the place of a file is refused in one line', async () => {
  const { code, stdout, stderr } = await dispatch.run(['build', '--eval-jobs', farm.folder]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toBe(`dispatch: cannot read the jobs in ${farm.folder}: it is a folder\n`);
});

test.each([
  ['not even a job', []],
  ['a job', ['one']],
])('without a ledger, and with %s, one line says so at once and blames no job', async (_, jobs) => {
  const plain = join(farm.folder, 'plain');
  writeFileSync(plain, '');
  const env = { XDG_STATE_HOME: join(plain, 'within') };
  const build = dispatch.start(words('-k'), { env, input: true });
  for (const job of jobs) build.write(line(job));
  const { code, stdout, stderr } = await build.ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^dispatch: the ledger cannot be kept in \S+within[^\n]+\n$/);
});

test('thousands of lines are read and asked for in seconds', async () => {
  const build = started('-q');
  for (let number = 0; number < 5000; number += 1) {
    build.write(evaluated(`many.a${number}`, JSON.parse(line('one')).drvPath as string));
  }
  build.endInput();
  const startedAt = Date.now();
  const { code, stderr } = await build.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(Date.now() - startedAt).toBeLessThan(20_000);
});

test('a job that is in no store is told by its attribute', async () => {
  const drvPath = `/nix/store/${'0'.repeat(32)}-gone.drv`;
  const build = started('-k');
  build.write(evaluated('checks.gone', drvPath));
  build.endInput();
  const { code, stderr } = await build.ended;
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stderr).toMatch(/^error: checks\.gone: .*-gone\.drv/m);
});
