import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { nixVersions } from '../farm/installed-nix.ts';
import { processesOf } from '../farm/processes.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file = '';

const versions = nixVersions();

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      ...versions.map((nix) => ({ name: `nix-${nix}`, nix, slots: 2, ssh: true })),
      { name: 'impatient', slots: 2, settings: { timeout: '1' } },
    ],
  });
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `silent = shell "silent" "trap true TERM HUP; setsid sleep 64 & sleep 64" {};
     busy = shell "busy" "while sleep 0.2; do echo at it; done" {};
     early = shell "early" "exit 1" {};
     slow = shell "slow" "sleep 2; echo done > $out" {};
     cores = number: shell "cores" "echo cores=$NIX_BUILD_CORES > $out" { inherit number; };
     one = cores 1; two = cores 2; three = cores 3;`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

function build(builder: string, args: readonly string[], env = {}): Promise<ClientResult> {
  const machines = farm.builder(builder).machineLine;
  return dispatch.run(['build', '--no-link', '-f', file, '--builders', machines, ...args], { env });
}

test.concurrent.each(versions)(
  'Nix %s ends builds at their limits, and we say which it was',
  async (nix) => {
    const limits = ['--timeout', '3', '--max-silent-time', '1', '-k'];
    const { code, stderr } = await build(`nix-${nix}`, ['-A', 'silent', '-A', 'busy', ...limits]);
    expect(code).toBe(101);
    expect(stderr).toMatch(
      /silent failed on .*timed out after 1 seconds.*; raise --max-silent-time \(now 1, 0 is no limit\)/,
    );
    expect(stderr).toMatch(/busy failed on .*timed out after 3 seconds; raise --timeout \(now 3, /);
    expect(stderr).not.toContain('was lost on');
  },
);

test('of what was ended nothing is left running, however deaf and detached it was', async () => {
  await expect
    .poll(() => processesOf(farm.folder).filter(({ command }) => command === 'sleep 64'))
    .toEqual([]);
});

test('limits are taken from nix.conf where they are not given, and by --option', async () => {
  const env = { NIX_CONFIG: 'timeout = 1\nmax-silent-time = 5' };
  const ended = await build('impatient', ['-A', 'busy'], env);
  expect(ended).toMatchObject({
    code: 101,
    stderr: expect.stringContaining('raise --timeout (now 1'),
  });
  const free = ['-A', 'slow', '--option', 'timeout', '0'];
  expect(await build('impatient', free, env)).toMatchObject({ code: 0 });
  const refused = await build('impatient', ['-A', 'slow', '--option', 'sandbox', 'false']);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^dispatch: --option sandbox is not passed on to builders/);
});

test("a builder's own time-out counts where none is given, and is told as its own", async () => {
  const { code, stderr } = await build('impatient', ['-A', 'silent', '-A', 'early', '-k']);
  expect(code).toBe(101);
  expect(stderr).toMatch(
    /timed out after 1 seconds; that is a limit of the builder's own nix.conf/,
  );
});

test('--cores is for all builders, and cores of nix.conf for the local daemon alone', async () => {
  const env = { NIX_CONFIG: 'cores = 5' };
  const cores = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await build('impatient', args, env);
    expect(stderr).not.toContain('error');
    return readFileSync(farm.hub.daemon.realPath(stdout.trim()), 'utf8').trim();
  };
  // All cores: newer Nix gives their number instead of 0.
  expect(['cores=0', `cores=${availableParallelism()}`]).toContain(await cores('-A', 'one'));
  expect(await cores('-A', 'two', '--cores', '3')).toBe('cores=3');
  expect(await cores('-A', 'three', '--builders', '')).toBe('cores=5');
});
