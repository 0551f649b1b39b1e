import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Farm, startFarm } from '../farm/farm.ts';
import { isAlive, processesOf } from '../farm/processes.ts';
import { coordinatorsOf, Dispatch, type Person, type RunningDispatch } from './dispatch.ts';
import { writeRecipes } from './recipes.ts';

let farm: Farm;
let dispatch: Dispatch;
let file: string;

beforeAll(async () => {
  farm = await startFarm({ builders: [{ name: 'far', ssh: true }, { name: 'near' }] });
  dispatch = new Dispatch(farm);
  file = writeRecipes(
    farm,
    `first = shell "first" "echo first" {};
     quick = name: shell name "echo $name > $out" {};
     one = quick "one"; two = quick "two"; three = quick "three";
     begun = shell "begun" "echo begun > $out" {};
     waits = name: shell name "cat $begun; for i in 1 2 3 4 5 6; do echo at $i; sleep 1; done; echo $name > $out" { inherit begun; };
     left = waits "left"; watched = waits "watched"; stopped = waits "stopped";
     attended = waits "attended"; ended = waits "ended"; unattended = waits "unattended"; gone = waits "gone";`,
  );
});

afterAll(() => farm[Symbol.asyncDispose]());

function words(attribute: string, ...more: string[]): string[] {
  const what = ['build', '--no-link', '-f', file, '-A', attribute];
  return [...what, '-j', '0', '--builders', farm.machines, ...more];
}

async function detached(who: Person, attribute: string): Promise<string> {
  const { code, stdout, stderr } = await dispatch.run(words(attribute, '--detach'), { env: who });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

function processesNaming(word: string): string[] {
  const commands = processesOf(farm.folder).map(({ command }) => command);
  return commands.filter((command) => command.includes(word));
}

interface Status {
  readonly coordinator: number | null;
  readonly runs: readonly {
    readonly run: string;
    readonly state: string;
    readonly steps: number;
  }[];
}

async function status(who: Person): Promise<Status> {
  const { stdout } = await dispatch.run(['status', '--json'], { env: who });
  return JSON.parse(stdout) as Status;
}

function watching(who: Person, run: string, ...more: string[]): RunningDispatch {
  return dispatch.start(['watch', run, ...more], { env: who });
}

test('commands that start at once have one coordinator; it ends when nobody wants anything', async () => {
  const who = { ...dispatch.person('idle'), DISPATCH_IDLE_MINUTES: '0.02' };
  const all = ['one', 'two', 'three'].map((name) => dispatch.run(words(name), { env: who }));
  expect((await Promise.all(all)).map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(coordinatorsOf(who.XDG_STATE_HOME).length).toBeLessThan(2);
  await expect.poll(() => coordinatorsOf(who.XDG_STATE_HOME), { timeout: 10_000 }).toEqual([]);
  const again = await dispatch.run(words('one'), { env: who });
  expect(again).toMatchObject({ code: 0, stderr: 'everything is there already\n' });
});

test('a command whose words mean nothing leaves no coordinator behind', async () => {
  const who = dispatch.person('mistaken');
  const { code } = await dispatch.run(words('one', '--no-such-option'), { env: who });
  expect(code).toBe(1);
  await expect.poll(() => coordinatorsOf(who.XDG_STATE_HOME), { timeout: 10_000 }).toEqual([]);
});

test('a run that is left to the coordinator can be watched from its beginning, by any number', async () => {
  const who = dispatch.person('left');
  const run = await detached(who, 'left');
  const [one, other] = [watching(who, run, '-L'), watching(who, run, '--json')];
  await one.told(/left> at/);
  expect((await status(who)).runs).toMatchObject([{ run, state: 'running', steps: 2 }]);
  one.signal('SIGINT');
  const { code, stderr } = await one.ended;
  expect(code).toBe(130);
  expect(stderr).toMatch(/^2 to build\n/);
  expect(stderr).toContain(`the run goes on; 'dispatch cancel ${run}' stops it\n`);
  const ended = await other.ended;
  expect(ended.code).toBe(0);
  expect(JSON.parse(ended.stdout)).toMatchObject({ run, outcome: 'succeeded' });
  const late = await watching(who, run).ended;
  expect(late).toMatchObject({ code: 0, stdout: expect.stringMatching(/-left\n$/) });
  expect(late.stderr).toMatch(/built 2 of 2 steps in [1-9]\d*\.?\d* s/);
});

test('a run can be stopped from elsewhere; whoever watches is told, and it is not stopped twice', async () => {
  const who = dispatch.person('stopped');
  const run = await detached(who, 'stopped');
  const watcher = watching(who, run);
  await watcher.told(/building stopped/);
  const stop = await dispatch.run(['cancel', run], { env: who });
  expect(stop).toMatchObject({ code: 0, stderr: `dispatch: stopping ${run}\n` });
  const { code, stderr } = await watcher.ended;
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('stopped;') });
  expect((await status(who)).runs).toMatchObject([{ run, state: 'cancelled' }]);
  const again = await dispatch.run(['cancel', run], { env: who });
  expect(again.stderr).toMatch(/is over already: it was cancelled\n$/);
});

test('a command that is killed takes its run with it', async () => {
  const who = dispatch.person('killed');
  const command = dispatch.start(words('gone', '-L'), { env: who });
  await command.told(/gone> at/);
  command.signal('SIGKILL');
  await command.ended;
  await expect.poll(async () => (await status(who)).runs[0]?.state).toBe('cancelled');
  await expect.poll(() => processesNaming('gone')).toEqual([]);
});

test.each([
  ['SIGKILL', 'attended'],
  ['SIGTERM', 'ended'],
] as const)(
  '%s ends the coordinator under a command: the next one goes on, and builds nothing twice',
  async (signal, name) => {
    const who = dispatch.person(name);
    const command = dispatch.start(words(name, '--json', '-L'), { env: who });
    await command.told(new RegExp(`${name}> at 2`));
    const [first = 0] = coordinatorsOf(who.XDG_STATE_HOME);
    process.kill(first, signal);
    const { code, stdout, stderr } = await command.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('the coordinator was lost; a new one goes on with the run\n');
    const [before = '', after = ''] = stderr.split('a new one goes on');
    expect(before).toContain('building begun on');
    expect(after).not.toContain('building begun on');
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'succeeded', steps: [{ name }] });
    const { coordinator, runs } = await status(who);
    expect(coordinator).not.toBe(first);
    expect(runs).toMatchObject([{ state: 'succeeded' }]);
  },
);

test('the coordinator is killed with nobody there: whoever asks for the run next goes on with it', async () => {
  const who = dispatch.person('unattended');
  const run = await detached(who, 'unattended');
  const watcher = watching(who, run, '-L');
  // One that comes late hears no earlier lines; and by then it is recorded what was built before.
  await watcher.told(/unattended> at [2-6]/);
  watcher.signal('SIGINT');
  await watcher.ended;
  const [first = 0] = coordinatorsOf(who.XDG_STATE_HOME);
  process.kill(first, 'SIGKILL');
  await expect.poll(() => isAlive(first)).toBe(false);
  expect(await status(who)).toMatchObject({ coordinator: null, runs: [{ state: 'interrupted' }] });
  const { code, stdout, stderr } = await watching(who, run).ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stderr).not.toContain('building begun on');
  expect(stdout).toMatch(/-unattended\n$/);
  expect((await status(who)).runs).toMatchObject([{ run, state: 'succeeded' }]);
});

test('of a run that nobody knows, all commands say so', async () => {
  const who = dispatch.person('nobody');
  const nobodysRun = '20200101T000000-00000000';
  for (const command of ['watch', 'cancel', 'status'])
    expect(await told(command, nobodysRun)).toMatch(`dispatch: there is no run '${nobodysRun}'`);
  expect(await dispatch.run(words('one'), { env: who })).toMatchObject({ code: 0 });
  const ofNobody = await told('watch', nobodysRun);
  for (const command of ['watch', 'cancel', 'status'])
    expect(await told(command, 'nosuch')).toBe(ofNobody.replace(nobodysRun, 'nosuch'));

  async function told(command: string, run: string): Promise<string> {
    const { code, stderr } = await dispatch.run([command, run], { env: who });
    expect(code).toBe(1);
    return stderr;
  }
});
