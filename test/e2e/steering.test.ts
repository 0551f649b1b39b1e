import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import type { ClientResult } from '../farm/hub.ts';
import { isAlive } from '../farm/processes.ts';
import { coordinatorsOf, Dispatch, type Person, type RunningDispatch } from './dispatch.ts';
import { Gate } from './gate.ts';
import { writeRecipes } from './recipes.ts';

const gate = new Gate();
let farm: Farm;
let dispatch: Dispatch;
let file: string;
let machines: string;
let far: string;
let near: string;

beforeAll(async () => {
  const { settings } = gate;
  farm = await startFarm({
    builders: [
      { name: 'far', ssh: true, slots: 2, settings },
      { name: 'near', settings },
    ],
  });
  dispatch = new Dispatch(farm);
  machines = `${farm.builder('far').fastMachineLine}\n${farm.builder('near').machineLine}`;
  [far, near] = [farm.builder('far').uri, farm.builder('near').uri];
  const quick = ['first', 'second', 'third', 'held', 'planned', 'alone'];
  file = writeRecipes(
    farm,
    `kept = shell "kept" "${gate.wait('kept')}; echo > $out" {};
     moved = shell "moved" "${gate.wait('moved')}; echo > $out" {};
     ${quick.map((name) => `${name} = shell "${name}" "echo > $out" {};`).join(' ')}`,
  );
});

afterAll(async () => {
  await farm[Symbol.asyncDispose]();
  gate[Symbol.dispose]();
});

function words(attribute: string): string[] {
  const what = ['build', '--no-link', '-f', file, '-A', attribute, '-L'];
  return [...what, '-j', '0', '--builders', machines];
}

function build(who: Person, attribute: string): RunningDispatch {
  return dispatch.start(words(attribute), { env: who });
}

async function builderOf(who: Person, attribute: string): Promise<string | undefined> {
  const { stdout } = await dispatch.run([...words(attribute), '--json'], { env: who });
  const { steps } = JSON.parse(stdout) as { steps: { builder: string }[] };
  return steps[0]?.builder;
}

function steer(who: Person, steering: string, ...names: string[]): Promise<ClientResult> {
  return dispatch.run(['builders', steering, ...names, '--builders', machines], { env: who });
}

async function shown(who: Person): Promise<unknown> {
  const { stdout } = await dispatch.run(['builders', '--json', '-j', '0', '--builders', machines], {
    env: who,
  });
  const { builders } = JSON.parse(stdout) as { builders: Record<string, unknown>[] };
  return builders.map(({ drained, drainedBy, usable }) => ({ drained, drainedBy, usable }));
}

async function killCoordinator({ XDG_STATE_HOME }: Person): Promise<void> {
  const [pid = 0] = coordinatorsOf(XDG_STATE_HOME);
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isAlive(pid)).toBe(false);
}

const inUse = { drained: false, drainedBy: null, usable: true };

test('a drained machine finishes what it has and gets nothing more, until it is resumed', async () => {
  const who = dispatch.person('drain');
  const kept = build(who, 'kept');
  await kept.told('kept: at work');
  expect(await steer(who, 'drain', far)).toEqual({
    code: 0,
    stdout: '',
    stderr: `dispatch: ${far} finishes what it has, and gets nothing more until it is resumed\n`,
  });
  expect(await builderOf(who, 'first')).toBe(near);
  gate.open('kept');
  const { code, stderr } = await kept.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(`built kept on ${far}`);

  await killCoordinator(who);
  const drained = { drained: true, drainedBy: 'drain', usable: false };
  expect(await shown(who)).toEqual([drained, inUse]);
  expect(await builderOf(who, 'second')).toBe(near);
  const host = new URL(far).host;
  expect(await steer(who, 'resume', host)).toMatchObject({ code: 0 });
  expect(await shown(who)).toEqual([inUse, inUse]);
  expect(await builderOf(who, 'third')).toBe(far);
});

test('what a skipped machine has goes elsewhere at once', async () => {
  const who = dispatch.person('skip');
  const moved = build(who, 'moved');
  await moved.told('moved: at work');
  await steer(who, 'skip', far);
  await moved.told('moved goes elsewhere');
  gate.open('moved');
  const { code, stderr } = await moved.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(`moved goes elsewhere: ${far} was taken out of use\n`);
  expect(stderr).toContain(`built moved on ${near}`);
  expect(await shown(who)).toEqual([{ drained: true, drainedBy: 'skip', usable: false }, inUse]);
});

test('a run that only drained machines could do says so at once, and goes on when one is resumed', async () => {
  const who = dispatch.person('held');
  await steer(who, 'drain', far, near);
  const held = build(who, 'held');
  await held.told(
    `held waits for ${far} or ${near}: drained; 'dispatch builders resume ${far}' puts`,
  );
  await killCoordinator(who);
  await held.told(/a new one goes on(.*\n)*.*held waits for/);
  const plan = await dispatch.run(
    ['plan', '-f', file, '-A', 'planned', '-j', '0', '--builders', machines],
    {
      env: who,
    },
  );
  expect(plan.code).toBe(1);
  expect(plan.stdout).toContain(`${near}: it is drained: 'dispatch builders resume ${near}' puts`);
  await steer(who, 'resume', near);
  const { code, stderr } = await held.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).toContain(`built held on ${near}`);
});

test('it holds without any coordinator, for whoever comes next; a name that none has is refused', async () => {
  const who = dispatch.person('alone');
  expect(await steer(who, 'skip', far)).toMatchObject({ code: 0 });
  expect(coordinatorsOf(who.XDG_STATE_HOME)).toEqual([]);
  expect(await builderOf(who, 'alone')).toBe(near);
  const { code, stderr } = await steer(who, 'drain', 'fra');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^dispatch: no machine is called 'fra': there is .*\n$/);
  for (const name of [far, near]) expect(stderr).toContain(name);
});
