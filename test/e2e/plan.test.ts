import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { Dispatch } from './dispatch.ts';
import { instantiate, writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file = '';
const uris: Record<string, string> = {};

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'one', slots: 2, features: ['big'] },
      { name: 'two', slots: 1 },
    ],
  });
  for (const { name, uri } of farm.builders) uris[name] = uri;
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `base = shell "base" "echo base > $out" {};
     tool = shell "tool" "sleep 0.3; cat $base > $out" { inherit base; };
     app = shell "app" "cat $tool > $out" { inherit tool; requiredSystemFeatures = [ "big" ]; };
     alien = shell "alien" "" { system = "riscv64-none"; };`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

function plan(...args: string[]): Promise<ClientResult> {
  return dispatch.run(['plan', '-f', file, '--builders', farm.machines, ...args]);
}

/** The lines without the blanks that align columns. */
function lines(stdout: string): string[] {
  return stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  ').trimEnd());
}

test('what would be built and where it could be; and build --dry-run says the same', async () => {
  const paths: string[] = [];
  for (const name of ['base', 'tool', 'app']) paths.push(await instantiate(farm, file, name));
  const [base, tool, app] = paths;
  const planned = await plan('-A', 'app');
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(lines(planned.stdout)).toEqual([
    'to build, 3 derivations, none of which was built before:',
    '  NAME  TOOK  ON  DERIVATION',
    `  base  -  any of 2  ${base}`,
    `  tool  -  any of 2  ${tool}`,
    `  app  -  ${uris['one']}  ${app}`,
    '',
  ]);
  const dry = await dispatch.build(['-f', file, '-A', 'app', '--dry-run']);
  expect(dry).toEqual(planned);
  expect(await plan('-A', 'app')).toEqual(planned);
});

test('what no machine can build: which, and why for each; exit code 1', async () => {
  const { code, stdout } = await plan('-A', 'alien');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ {2}alien +- +none +\S+-alien.drv$/m);
  expect(stdout).toMatch(/^no builder can build \S+-alien.drv$/m);
  expect(stdout.match(/^ {2}unix:\S+: it builds for \S+, not for riscv64-none$/gm)).toHaveLength(2);
});

test('without any machine: so, and what to do', async () => {
  const words = ['-f', file, '-A', 'app', '--builders', '', '-j', '0'];
  const advice = '  there is no machine at all: name some with --builders, or let this one build';
  const planned = await dispatch.run(['plan', ...words]);
  expect(planned.code).toBe(1);
  expect(planned.stdout).toContain(`-base.drv\n${advice}`);
  const refused = await dispatch.run(['build', '--no-link', ...words]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(`-base.drv\n${advice}`);
});

test('what is there, what builders hold, what took how long, and what is poisoned', async () => {
  const tool = await instantiate(farm, file, 'tool');
  expect((await dispatch.build(['-f', file, '-A', 'tool'])).code).toBe(0);
  const there = await plan('-A', 'tool');
  expect(lines(there.stdout)).toEqual([
    'there already:',
    expect.stringMatching(/^ {2}\S+-tool$/),
    '',
  ]);

  const poison = ['poison', tool, '--reason', 'flaky hardware', '--yes'];
  expect((await dispatch.run(poison)).code).toBe(0);
  const { code, stdout } = await plan('-A', 'app', '-A', 'base', '--json');
  expect(code).toBe(0);
  const report = JSON.parse(stdout) as { build: { drvPath: string; original: string }[] };
  const holder = expect.stringMatching(/^unix:/);
  expect(report).toEqual({
    roots: [root('app', 'build'), root('base', 'copy')],
    poisoned: [
      {
        original: tool,
        drvPath: expect.not.stringContaining(tool),
        serial: 1,
        reason: 'flaky hardware',
        author: expect.any(String),
      },
    ],
    build: [
      {
        ...step('tool'),
        dependencies: [],
        expectedMs: expect.any(Number),
        builders: [uris['one'], uris['two']],
        refusals: [],
      },
      {
        ...step('app'),
        dependencies: [report.build[0]!.drvPath],
        expectedMs: null,
        builders: [uris['one']],
        refusals: [],
      },
    ],
    groups: [],
    copy: [{ ...step('base'), builders: [holder] }],
    fetch: [],
    expectedMs: expect.any(Number),
    neverBuilt: 1,
  });
  const told = lines((await plan('-A', 'app', '-A', 'base')).stdout).join('\n');
  expect(told).toMatch(
    /^to build, 2 derivations, about \S+ m?s with these machines \(1 never built/,
  );
  expect(told).toContain(`${report.build[0]!.drvPath}  (poisoned, serial 1: flaky hardware)`);
  expect(told).toContain(`(depends on something poisoned; it was ${report.build[1]!.original})`);
  expect(told).toMatch(
    /^to copy from builders, where it is:\n {2}NAME {2}FROM {2}PATHS\n {2}base {2}unix:/m,
  );
});

test("what the user's own substituters have is fetched, as by stock clients, and not built", async () => {
  const cache = `file://${farm.folder}/cache?trusted=true`;
  const own = writeRecipes(farm, 'cached = shell "cached" "echo cached > $out" {};');
  const [output = ''] = await farm.hub.realise(await instantiate(farm, own, 'cached'));
  const nix = ['--extra-experimental-features', 'nix-command'];
  const copy = await farm.hub.run('nix', [...nix, 'copy', '--to', cache, output]);
  expect(copy).toMatchObject({ code: 0 });
  await farm.hub.run('nix-store', ['--delete', output]);
  const env = { NIX_CONFIG: `extra-substituters = ${cache}` };
  const words = ['-f', own, '-A', 'cached', '--builders', farm.machines];
  const without = await dispatch.run(['plan', ...words]);
  expect(without.stdout).toMatch(/^to build, 1 derivation/);
  const planned = await dispatch.run(['plan', ...words], { env });
  expect(lines(planned.stdout)).toEqual(['to fetch, 1 path:', `  ${output}`, '']);
  const built = await dispatch.run(['build', '--no-link', ...words], { env });
  expect(built).toMatchObject({ code: 0, stdout: `${output}\n` });
  expect(built.stderr).not.toContain('building');
  const again = await dispatch.run(['plan', ...words]);
  expect(lines(again.stdout)).toEqual(['there already:', `  ${output}`, '']);
});

test('a machine that cannot be used is told of, and takes nothing', async () => {
  const machines = `${farm.builder('one').machineLine};unix:///nowhere`;
  const args = ['plan', '-f', file, '-A', 'app', '--builders', machines];
  const { code, stdout, stderr } = await dispatch.run(args);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^warning: unix:\/\/\/nowhere cannot be used: /);
  expect(stdout).not.toContain('nowhere');
});

function step(name: string): object {
  return {
    drvPath: expect.stringContaining(`-${name}.drv`),
    original: expect.stringContaining(`-${name}.drv`),
    name,
    system: expect.any(String),
    outputs: { out: expect.stringMatching(new RegExp(`-${name}$`)) },
  };
}

function root(name: string, state: string): object {
  return {
    given: expect.stringContaining(`-${name}.drv`),
    original: expect.stringContaining(`-${name}.drv`),
    drvPath: expect.stringContaining(`-${name}.drv`),
    outputs: { out: expect.any(String) },
    state,
  };
}
