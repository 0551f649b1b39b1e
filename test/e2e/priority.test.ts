import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { Dispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file: string;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'only', slots: 1 }] });
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `timed = name: shell name "date +%s%N > $out" {};
     patient = timed "patient"; usual = timed "usual"; urgent = timed "urgent";`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

function words(attribute: string, ...more: string[]): string[] {
  const what = ['build', '--no-link', '-f', file, '-A', attribute];
  return [...what, '-j', '0', '--builders', farm.machines, ...more];
}

async function leave(attribute: string, priority: string): Promise<string> {
  const { stdout, stderr } = await dispatch.run(
    words(attribute, '--detach', '--priority', priority),
  );
  expect(stderr).toBe('');
  return stdout.trim();
}

/** When the output of a run was built, as the build itself wrote down. */
async function timeOf(run: string): Promise<bigint> {
  const { stdout } = await dispatch.run(['watch', run]);
  return BigInt(readFileSync(farm.hub.daemon.realPath(stdout.trim()), 'utf8').trim());
}

test('of the runs that wait for a slot the highest gets it, whoever came first; status tells', async () => {
  const steer = (how: string): Promise<unknown> =>
    dispatch.run(['builders', how, 'only/socket', '--builders', farm.machines]);
  await steer('drain');
  const runs = [
    await leave('patient', '-5'),
    await leave('usual', 'normal'),
    await leave('urgent', 'high'),
  ];
  const { stdout } = await dispatch.run(['status', '--json']);
  const status = JSON.parse(stdout) as { runs: { run: string; priority: number }[] };
  const priorities = runs.map((run) => status.runs.find((one) => one.run === run)?.priority);
  expect(priorities).toEqual([-5, 0, 10]);
  expect((await dispatch.run(['status'])).stdout).toMatch(
    / PRIORITY .*\n(.*\n)*.* running +-5 +0\/1 /,
  );
  await steer('resume');
  const [patient = 0n, usual = 0n, urgent = 0n] = await Promise.all(runs.map(timeOf));
  expect(urgent).toBeLessThan(usual);
  expect(usual).toBeLessThan(patient);
});

test.each(['1001', 'soon'])('the priority %j is refused', async (priority) => {
  const { code, stderr } = await dispatch.run(words('usual', '--priority', priority));
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/low, normal, high, or a whole number from -1000 to 1000/),
  });
});
