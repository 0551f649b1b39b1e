import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { coordinatorsOf, Dispatch, endCoordinators } from './dispatch.ts';
import { Gate } from './gate.ts';
import { instantiate, writeRecipes } from './recipes.ts';

const gate = new Gate();
let farm: Farm;
let dispatch: Dispatch;
let file: string;
let machines: string;

beforeAll(async () => {
  farm = await startFarm({
    builders: [
      { name: 'fast' },
      { name: 'slow' },
      { name: 'able', features: ['big'], settings: gate.settings },
    ],
  });
  dispatch = new Dispatch(farm);
  const { fastMachineLine } = farm.builder('fast');
  machines = [
    fastMachineLine,
    farm.builder('slow').machineLine,
    farm.builder('able').machineLine,
  ].join('\n');
  file = writeRecipes(
    farm,
    `base = shell "base" "${gate.wait('base')}; echo base > $out" { requiredSystemFeatures = [ "big" ]; };
     top = shell "top" "cat $base > $out" { inherit base; };
     one = shell "one" "echo 1 > $out" {}; other = shell "one" "echo 2 > $out" {};
     bad = shell "bad" "exit 1" {};`,
  );
});

afterAll(async () => {
  await farm[Symbol.asyncDispose]();
  gate[Symbol.dispose]();
});

function words(...attributes: string[]): string[] {
  const what = ['build', '--no-link', '-f', file, '-j', '0', '--builders', machines];
  return [...what, ...attributes.flatMap((attribute) => ['-A', attribute])];
}

function why(step: string, ...more: string[]): Promise<ClientResult> {
  return dispatch.run(['explain', '--why-here', step, ...more]);
}

function uriOf(name: string): string {
  return farm.builder(name).uri;
}

test('where a step is, and why not elsewhere, while it waits, runs, and when it is over', async () => {
  const base = await instantiate(farm, file, 'base');
  const run = dispatch.start([...words('top', 'bad', 'one', 'other'), '-k', '-L']);
  await run.told('base: at work');
  // The fast machine has nothing more to do.
  await run.told(/failed: bad/);
  await run.told(/built one[^]*built one/);

  const waits = (await why('top')).stdout;
  expect(waits).toMatch(
    /^top of run \S+ waits for base\n {2}\/nix\/store\/\S+-top\.drv\nmachines:\n/,
  );
  expect(waits).toContain(`  ${uriOf('fast')}: it would take it\n`);

  const runs = (await why(base)).stdout;
  expect(runs).toMatch(/^base of run \S+ runs on /);
  expect(runs).toContain(
    `runs on ${uriOf('able')}\n  ${base}\n  builds were expected to take 1 × the time`,
  );
  expect(runs).toContain(`passed over:\n  ${uriOf('fast')}: it does not have the feature big\n`);

  gate.open('base');
  await run.ended;
  const top = await instantiate(farm, file, 'top');
  const { stdout } = await farm.hub.run('nix-store', ['--query', '--outputs', top]);
  const over = (await why(stdout.trim())).stdout;
  expect(over).toContain(`was built on ${uriOf('fast')}\n`);
  expect(over).toContain('no input was known to be there that others lack');
  expect((await why('bad')).stdout).toContain(`failed on ${uriOf('fast')}\n`);
  expect((await why('bad')).stdout).toMatch(
    new RegExp(`${uriOf('slow')}: it was free, but would have been done .* later: `),
  );
});

test('a name that several steps have, or none, is refused; so is asking where nobody knows', async () => {
  const { code, stderr } = await why('one');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /'one' may be any of \/nix\/store\/\S+-one\.drv, \/nix\/store\/\S+-one\.drv; name one/,
  );
  expect((await why('tip')).stderr).toMatch(
    /was to build 'tip'; 'dispatch status' lists the runs\n$/,
  );
  expect((await why('top', 'top')).stderr).toMatch(/explains that step and nothing else\n$/);
  await endCoordinators(farm.folder);
  expect((await why('top')).stderr).toMatch(/^dispatch: no coordinator runs/);
  expect(coordinatorsOf(farm.folder)).toEqual([]);
});
